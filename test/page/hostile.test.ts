import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { describePage } from './page-world.ts';

const patience = { timeout: 10_000 };
const script = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">';
const reversed = 'abc\u202etxt.exe';

/** Everything that its author, or a participant, may write. */
const hostile = defineSaga('hostile', {
  description: `${script} "quoted" ${reversed}`,
  metadata: { team: script },
})
  .step('first', { action: 'payment.charge', compensation: 'payment.refund', description: script })
  .step('second', {
    action: 'shipping.create',
    compensation: 'shipping.cancel',
    retry: { maximumAttempts: 1 },
  });

describePage('the page, given hostile texts', ({ serve, open, complaints }) => {
  it('shows them as texts, on every screen', async () => {
    const server = await serve({ sagas: [hostile] });
    server.says.script = ({ operation }) =>
      operation === 'create'
        ? {
            type: 'refused',
            error: { code: `"><svg onload=window.hacked=1>${reversed}`, message: `${script}'"&${reversed}` },
          }
        : { type: 'succeeded', result: { html: script, text: reversed } };
    await server.orchestrator.start(
      'hostile',
      { name: script, [script]: reversed },
      { id: '__proto__', attributes: { note: script } },
    );
    await server.orchestrator.settled('__proto__', { timeout: 5_000 });
    await server.orchestrator.start('hostile', {}, { id: 'constructor' });
    await server.orchestrator.settled('constructor', { timeout: 5_000 });
    const page = await open(`${server.url}/ui/sagas/__proto__`);
    await page.locator('.drawing svg').waitFor();
    await expect
      .poll(() => page.locator('.answers').innerText(), patience)
      .toContain('<script>window.hacked=1</script>');
    expect(await page.locator('.answers').innerText()).toContain(String.raw`\u202e`);
    await page.getByRole('tab', { name: 'results' }).click();
    expect(await page.getByRole('tabpanel').innerText()).toContain(String.raw`abc\u202etxt.exe`);
    await page.locator('.drawing [data-state="running.second"]').click();
    await page.getByRole('region', { name: 'State running.second' }).waitFor();
    for (const screen of [
      'sagas',
      'definitions/hostile/1',
      'errors',
      `sagas?q=${encodeURIComponent(`status:"${script}" ${script}`)}`,
      `sagas/${encodeURIComponent(script)}`,
      '%E0%A4%A',
    ]) {
      await page.goto(`${server.url}/ui/${screen}`);
      await page.locator('.row, .drawing svg, .error-group, .notice').first().waitFor();
      const foreign =
        "document.querySelectorAll('#page script, #page img, #page iframe, #page foreignObject, #page [onload], #page [onerror]').length";
      expect([screen, await page.evaluate(foreign), await page.evaluate('window.hacked')]).toEqual([
        screen,
        0,
        undefined,
      ]);
      expect(await page.locator('body').innerText()).not.toContain('\u202e');
    }
    // Some of these addresses are refused by the API, and the browser says so.
    expect(complaints.filter((complaint) => !complaint.startsWith('Failed to load resource'))).toEqual([]);
  });
});
