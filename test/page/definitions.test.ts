import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { describePage } from './page-world.ts';

const patience = { timeout: 60_000 };

/** Undone by somebody who knows nothing of it. */
const astray = defineSaga('astray').step('book', { action: 'hotel.book', compensation: 'flight.cancel' });

describePage('the page, showing definitions', ({ serve, open, complaints }) => {
  it('says what was proven of one: what holds, how long it takes, what is undone when', async () => {
    const server = await serve();
    const page = await open(`${server.url}/ui/definitions/order/1`);
    const card = page.getByRole('region', { name: 'Proof' });
    await expect.poll(() => card.innerText(), patience).toMatch(/states tried[\s\S]*sound/);
    expect(await card.locator('.is-held').count()).toBe(8);
    expect(await card.locator('.is-broken').count()).toBe(0);
    expect(await card.innerText()).toMatch(
      /If createShipment is refused: payment\.refund undoes processPayment, then/,
    );
    expect(await card.innerText()).toMatch(/\d+ × .+ = .+/);
    expect(complaints).toEqual([]);
  });

  it('tells the shortest story of what does not hold', async () => {
    const server = await serve({ sagas: [astray] });
    const page = await open(`${server.url}/ui/definitions/astray/1`);
    const card = page.getByRole('region', { name: 'Proof' });
    await expect.poll(() => card.innerText(), patience).toContain('not sound');
    expect(await card.locator('.is-broken').innerText()).toContain('violated');
    const story = card.getByRole('region', { name: 'the effect of book is left behind' });
    expect(await story.getByRole('listitem').allInnerTexts()).toContainEqual(
      expect.stringContaining('flight.cancel undoes book'),
    );
  });

  it('leads to one of several versions, and says where there is none', async () => {
    const server = await serve({
      sagas: [
        defineSaga('astray', { version: 2 }).step('book', {
          action: 'hotel.book',
          compensation: 'hotel.cancel',
        }),
        astray,
      ],
    });
    const page = await open(`${server.url}/ui/definitions/astray`);
    const badge = page.locator('.saga-head .badge');
    await expect.poll(() => badge.innerText(), patience).toBe('v2');
    await page.locator('.definition-list a', { hasText: 'v1' }).filter({ hasText: 'astray' }).click();
    await expect.poll(() => badge.innerText(), patience).toBe('v1');
    await page.goto(`${server.url}/ui/definitions/astray/9`);
    await expect
      .poll(() => page.locator('.detail-pane').innerText(), patience)
      .toContain('There is no such definition');
  });
});
