import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { playScene } from './page-scene.ts';
import { describePage } from './page-world.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

describePage('the page, for everybody', ({ serve, open, complaints }) => {
  it.each(['light', 'dark'] as const)(
    'has nothing serious for axe to find on any screen, %s',
    async (colorScheme) => {
      const server = await serve();
      const { parked, waiting, completed } = await playScene(server);
      const screens: Readonly<Record<string, string>> = {
        sagas: '.tile',
        [`sagas/${parked}`]: '.drawing svg',
        [`sagas/${waiting}`]: '.drawing svg',
        [`sagas/${completed}?seq=2`]: '.drawing svg',
        'definitions/order/1': '.proof',
        errors: '.error-group',
        participants: '.participant',
        batches: '.notice',
        nowhere: '.notice',
      };
      const page = await open(`${server.url}/ui/sagas`, { colorScheme });
      const found: string[] = [];
      for (const [screen, sign] of Object.entries(screens)) {
        await page.goto(`${server.url}/ui/${screen}`);
        await page.locator(sign).first().waitFor();
        found.push(...(await check(screen)));
      }
      await page.goto(`${server.url}/ui/sagas/${parked}`);
      await page.getByRole('button', { name: 'Resolve' }).click();
      await page.getByRole('dialog').waitFor();
      found.push(...(await check('dialog')));
      expect(found).toEqual([]);
      expect(complaints).toEqual([]);

      /** What axe finds, as far as it is serious; run in the page by the debugger, which its policy does not bind. */
      async function check(screen: string): Promise<readonly string[]> {
        await page.evaluate(axe);
        const { violations } = (await page.evaluate(
          "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })",
        )) as { readonly violations: readonly Violation[] };
        return violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(
            ({ id, nodes }) =>
              `${screen}: ${id}: ${nodes[0]?.html.slice(0, 160) ?? ''} ${nodes[0]?.failureSummary ?? ''}`,
          );
      }
    },
  );

  it('fits on a screen of 360 px: nothing sticks out at the side', async () => {
    const server = await serve();
    const { parked } = await playScene(server);
    const page = await open(`${server.url}/ui/sagas`, { viewport: { width: 360, height: 740 } });
    for (const screen of ['sagas', `sagas/${parked}`, 'definitions/order/1', 'errors', 'participants']) {
      await page.goto(`${server.url}/ui/${screen}`);
      const sign = screen.startsWith('definitions')
        ? '.proof'
        : ':is(.row, .drawing svg, .error-group, .participant):visible';
      await page.locator(sign).first().waitFor();
      expect([screen, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([screen, 360]);
      const pane =
        "Math.max(...[...document.querySelectorAll('.detail-pane, .list-pane, .screen')].map((box) => Math.max(box.scrollWidth - box.clientWidth, Math.round(box.getBoundingClientRect().right) - 360)))";
      expect([screen, await page.evaluate(pane)]).toEqual([screen, 0]);
    }
  });
});
