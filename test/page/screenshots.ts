import { mkdir, readdir, rm } from 'node:fs/promises';
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
  /** Only this part of the page. */
  readonly part?: string;
  readonly prepare?: (page: Page) => Promise<void>;
}

/** `npm run screenshots`: every screen in both themes, for the docs. */
async function main(): Promise<void> {
  await mkdir(folder, { recursive: true });
  const made = new Set<string>();
  const browser = await openBrowser();
  for (const theme of ['light', 'dark'] as const) {
    // What goes on in the scene ends after some seconds: each theme is shown another one.
    const server = await openPageServer();
    const ids = await playScene(server);
    for (const shot of shotsOf(ids)) made.add(await take(browser, { shot, theme, url: server.url }));
    await server.close();
  }
  await browser.close();
  // What is no longer made is not kept.
  for (const name of await readdir(folder)) if (!made.has(name)) await rm(new URL(name, folder));
}

function shotsOf(ids: Awaited<ReturnType<typeof playScene>>): readonly Shot[] {
  return [...sagaShots(ids), ...otherShots()];
}

function sagaShots(ids: Awaited<ReturnType<typeof playScene>>): readonly Shot[] {
  const saga = (id: string, rest = '') => ({ path: `sagas/${id}${rest}`, sign: '.drawing svg' });
  return [
    { name: 'saga', ...saga(ids.compensating), size: { width: 1440, height: 1640 } },
    { name: 'saga-past', ...saga(ids.compensating, '?seq=4'), size: { width: 1440, height: 700 } },
    { name: 'saga-parked', ...saga(ids.parked), size: { width: 1440, height: 700 } },
    { name: 'saga-waiting', ...saga(ids.waiting), size: { width: 1440, height: 1000 } },
    {
      name: 'saga-action',
      ...saga(ids.parked),
      part: 'dialog',
      prepare: async (page) => {
        await page.getByRole('button', { name: 'Retry now' }).click();
        await page.locator('.preview dl').waitFor();
        await page.getByLabel('Why').fill('the account is open again');
      },
    },
    {
      name: 'saga-chart',
      ...saga(ids.compensating, '?view=full&state=running.createShipment'),
      size: { width: 2000, height: 1500 },
      part: '.chart-card',
      prepare: (page) => page.locator('[data-state="running.createShipment.executing"]').waitFor(),
    },
    {
      name: 'saga-state',
      ...saga(ids.compensating, '?state=running.createShipment'),
      part: '.state-card',
      prepare: (page) => page.locator('.ways li').first().waitFor(),
    },
    { name: 'phone', ...saga(ids.parked), size: { width: 360, height: 780 } },
    {
      name: 'phone-chart',
      ...saga(ids.parked),
      size: { width: 360, height: 780 },
      prepare: (page) => page.evaluate("document.querySelector('.lanes-card').scrollIntoView()"),
    },
  ];
}

function otherShots(): readonly Shot[] {
  return [
    { name: 'sagas', path: 'sagas', sign: '.tile', size: { width: 1440, height: 800 } },
    {
      name: 'batch',
      path: 'sagas',
      sign: '.row',
      size: { width: 1440, height: 800 },
      part: '.list-pane',
      prepare: async (page) => {
        await page.evaluate(startTrips);
        await page.getByLabel('Select trip_01JD8B3').waitFor();
        for (const id of ['trip_01JD8B1', 'trip_01JD8B2', 'trip_01JD8B3', 'ord_01JD8V8166'])
          await page.getByLabel(`Select ${id}`).check();
        const bar = page.getByRole('region', { name: 'Selected sagas' });
        await bar.getByRole('button', { name: 'Cancel' }).click();
        await page.getByRole('dialog').getByLabel('Why').fill('recalled');
        await page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true }).click();
        await page.locator('.batch-progress.is-done summary').click();
      },
    },
    { name: 'batches', path: 'batches', sign: 'tbody tr', size: { width: 1440, height: 320 } },
    { name: 'definition', path: 'definitions/trip/1', sign: '.drawing svg' },
    {
      name: 'proof',
      path: 'definitions/trip/1',
      sign: '.proof',
      size: { width: 1440, height: 1400 },
      part: '.proof-card',
    },
    {
      name: 'start',
      path: 'definitions/order/1',
      sign: '.drawing svg',
      part: 'dialog',
      prepare: async (page) => {
        await page.getByRole('button', { name: 'Start one' }).click();
        await page.getByRole('dialog').waitFor();
        await page.waitForFunction("document.querySelector('dialog textarea').value.length > 10");
      },
    },
    { name: 'errors', path: 'errors', sign: '.error-group', size: { width: 1440, height: 660 } },
    { name: 'participants', path: 'participants', sign: '.participant', size: { width: 1440, height: 860 } },
    {
      name: 'help',
      path: 'sagas',
      sign: '.tile',
      part: 'dialog',
      prepare: (page) => page.keyboard.press('?'),
    },
    { name: 'phone-list', path: 'sagas', sign: '.row', size: { width: 360, height: 780 } },
  ];
}

/** Run in the page: sagas that can be cancelled. */
const startTrips = `Promise.all(['trip_01JD8B1', 'trip_01JD8B2', 'trip_01JD8B3'].map((id) => fetch('/v1/sagas', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ name: 'trip', input: { traveller: 'ada' }, id }),
})))`;

async function take(
  browser: Browser,
  { shot, theme, url }: { readonly shot: Shot; readonly theme: 'light' | 'dark'; readonly url: string },
): Promise<string> {
  const { name, path, sign, size = { width: 1440, height: 1000 }, part, prepare } = shot;
  const page = await browser.newPage({ viewport: size, colorScheme: theme, reducedMotion: 'reduce' });
  await page.goto(`${url}/ui/${path}`);
  await page.locator(sign).first().waitFor();
  await page.locator('.connection.is-live').waitFor();
  await prepare?.(page);
  // Whatever is asked for last, such as how often something goes wrong, is there when nothing is under way.
  await page.waitForTimeout(500);
  const file = `${name}-${theme}.png`;
  const target = { path: new URL(file, folder).pathname };
  await (part === undefined ? page.screenshot(target) : page.locator(part).screenshot(target));
  await page.close();
  return file;
}

await main();
