import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { openPageServer } from './page-server.ts';
import { playScene } from './page-scene.ts';

const folder = new URL('../../docs/images/', import.meta.url);

interface Shot {
  readonly name: string;
  readonly path: string;
  /** There once the screen is drawn. */
  readonly sign: string;
  readonly size?: { readonly width: number; readonly height: number };
  readonly prepare?: (page: Page) => Promise<void>;
}

/** `npm run screenshots`: every screen in both themes, for the docs. */
async function main(): Promise<void> {
  await mkdir(folder, { recursive: true });
  const browser = await openBrowser();
  for (const theme of ['light', 'dark'] as const) {
    // What goes on in the scene ends after some seconds: each theme is shown another one.
    const server = await openPageServer();
    const ids = await playScene(server);
    for (const shot of shotsOf(ids)) await take(browser, { shot, theme, url: server.url });
    await server.close();
  }
  await browser.close();
}

function shotsOf(ids: Awaited<ReturnType<typeof playScene>>): readonly Shot[] {
  const saga = (id: string, rest = '') => ({ path: `sagas/${id}${rest}`, sign: '.drawing svg' });
  return [
    { name: 'saga', ...saga(ids.compensating), size: { width: 1500, height: 1180 } },
    { name: 'saga-past', ...saga(ids.compensating, '?seq=4') },
    { name: 'saga-parked', ...saga(ids.parked) },
    { name: 'saga-waiting', ...saga(ids.waiting), size: { width: 1440, height: 1180 } },
    {
      name: 'saga-action',
      ...saga(ids.parked),
      prepare: async (page) => {
        await page.getByRole('button', { name: 'Retry now' }).click();
        await page.locator('.preview dl').waitFor();
        await page.getByLabel('Why').fill('the account is open again');
      },
    },
    {
      name: 'saga-chart',
      ...saga(ids.compensating),
      size: { width: 1700, height: 1260 },
      prepare: async (page) => {
        await page.getByRole('button', { name: 'full' }).click();
        await page.locator('[data-state="running.createShipment.executing"]').waitFor();
        await page.locator('[data-state="running.createShipment"]').click({ position: { x: 20, y: 12 } });
        await page.evaluate("document.querySelector('.chart-card').scrollIntoView()");
      },
    },
    { name: 'sagas', path: 'sagas', sign: '.tile' },
    {
      name: 'batch',
      path: 'sagas?q=status%3Afailed',
      sign: '.row',
      prepare: async (page) => {
        await page.locator('.row input').first().check({ force: true });
        await page
          .getByRole('region', { name: 'Selected sagas' })
          .getByRole('button', { name: 'Retry now' })
          .click();
      },
    },
    {
      name: 'definition',
      path: 'definitions/trip/1',
      sign: '.drawing svg',
      size: { width: 1440, height: 1180 },
    },
    {
      name: 'start',
      path: 'definitions/order/1',
      sign: '.drawing svg',
      prepare: async (page) => {
        await page.getByRole('button', { name: 'Start one' }).click();
        await page.getByRole('dialog').waitFor();
        await page.waitForFunction("document.querySelector('dialog textarea').value.length > 10");
      },
    },
    { name: 'errors', path: 'errors', sign: '.error-group', size: { width: 1440, height: 660 } },
    { name: 'participants', path: 'participants', sign: '.participant', size: { width: 1440, height: 860 } },
    { name: 'help', path: 'sagas', sign: '.tile', prepare: (page) => page.keyboard.press('?') },
    { name: 'phone', ...saga(ids.parked), size: { width: 360, height: 780 } },
    { name: 'phone-list', path: 'sagas', sign: '.row', size: { width: 360, height: 780 } },
  ];
}

async function take(
  browser: Browser,
  { shot, theme, url }: { readonly shot: Shot; readonly theme: 'light' | 'dark'; readonly url: string },
): Promise<void> {
  const { name, path, sign, size = { width: 1440, height: 1000 }, prepare } = shot;
  const page = await browser.newPage({ viewport: size, colorScheme: theme, reducedMotion: 'reduce' });
  await page.goto(`${url}/ui/${path}`);
  await page.locator(sign).first().waitFor();
  await page.locator('.connection.is-live').waitFor();
  await prepare?.(page);
  // Whatever is asked for last, such as how often something goes wrong, is there when nothing is under way.
  await page.waitForTimeout(500);
  await page.screenshot({ path: new URL(`${name}-${theme}.png`, folder).pathname });
  await page.close();
}

await main();
