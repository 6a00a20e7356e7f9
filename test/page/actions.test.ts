import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { goodOrder } from './page-server.ts';
import { describePage } from './page-world.ts';

const patience = { timeout: 10_000 };

describePage('the page, acting on sagas', ({ serve, open, complaints }) => {
  it('retries a failed saga with a reason, after saying what that leads to', async () => {
    const server = await serve();
    server.says.script = ({ operation }) =>
      operation === 'refund'
        ? { type: 'refused', error: { code: 'bank_closed', message: 'come back on Monday' } }
        : undefined;
    await server.orchestrator.start(
      'order',
      { ...goodOrder, shippingAddress: { country: 'XX' } },
      { id: 'a' },
    );
    await server.orchestrator.settled('a', { timeout: 5_000 });
    server.says.script = () => undefined;
    const page = await open(`${server.url}/ui/sagas/a`);
    await expect
      .poll(() => page.locator('.answers').innerText(), patience)
      .toContain('parked at undoProcessPayment');
    await page.getByRole('button', { name: 'Retry now' }).click();
    const dialog = page.getByRole('dialog');
    await expect
      .poll(() => dialog.locator('.preview').innerText(), patience)
      .toMatch(
        /asks\s+payment\.refund to undo \(attempt 2\)[\s\S]*undoes\s+processPayment, then reserveInventory/,
      );
    expect((await server.orchestrator.get('a')).status).toBe('failed');
    await dialog.getByLabel('Why').fill('it is Monday');
    await dialog.getByRole('button', { name: 'Retry now' }).click();
    await expect
      .poll(() => page.locator('.saga-head .badge').first().innerText(), patience)
      .toBe('compensated');
    await expect.poll(() => page.locator('.events').innerText(), patience).toContain('“it is Monday”');
    const history = await server.orchestrator.history('a');
    expect(history.some(({ type, data }) => type === 'retry' && data.includes('it is Monday'))).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('leaves a saga alone when the dialog is left, and says so when it moved meanwhile', async () => {
    const server = await serve();
    await server.orchestrator.start('trip', {}, { id: 't' });
    const page = await open(`${server.url}/ui/sagas/t`);
    await expect
      .poll(() => page.locator('.answers').innerText(), patience)
      .toContain('waits for the signal agreement');
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count(), patience).toBe(0);
    expect((await server.orchestrator.get('t')).status).toBe('running');
    // It moves between the look and the click.
    await page.route(
      '**/v1/sagas/t/cancel',
      async (route) => {
        await server.orchestrator.pause('t');
        await server.orchestrator.resume('t');
        await route.continue();
      },
      { times: 1 },
    );
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true });
    await confirm.click();
    await expect.poll(() => page.getByRole('dialog').innerText(), patience).toMatch(/moved since you looked/);
    expect((await server.orchestrator.get('t')).status).toBe('running');
    await confirm.click();
    await expect.poll(async () => (await server.orchestrator.get('t')).cause, patience).toBe('cancelled');
  });

  it('cancels many at once, with progress, and tells which refused', async () => {
    const server = await serve();
    for (const id of ['t1', 't2', 't3']) await server.orchestrator.start('trip', {}, { id });
    await server.orchestrator.start('order', goodOrder, { id: 'done' });
    await server.orchestrator.settled('done', { timeout: 5_000 });
    const page = await open(`${server.url}/ui/sagas`);
    for (const id of ['t1', 't2', 't3', 'done'])
      await page.getByLabel(`Select ${id}`, { exact: true }).check();
    const bar = page.getByRole('region', { name: 'Selected sagas' });
    await bar.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByLabel('Why').fill('storm');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true }).click();
    await expect
      .poll(() => page.locator('.batch-progress').innerText(), patience)
      .toContain('3 done, 1 refused of 4');
    await page.getByText('What refused').click();
    expect(await page.locator('.batch-progress li').innerText()).toContain('done');
    await expect.poll(async () => (await server.orchestrator.counts())['compensated'], patience).toBe(3);
    await expect.poll(() => page.locator('.row .badge.is-compensated').count(), patience).toBe(3);
    await page.getByRole('link', { name: 'Batches' }).click();
    await expect.poll(() => page.locator('main tbody').innerText(), patience).toContain('“storm”');
    expect(complaints).toEqual([]);
  });

  it('acts on all that match, and shows how far it is until it is done', async () => {
    const server = await serve();
    const ids = Array.from({ length: 200 }, (_trip, index) => `t${index}`);
    await Promise.all(ids.map((id) => server.orchestrator.start('trip', {}, { id })));
    await server.orchestrator.start('order', goodOrder, { id: 'other' });
    const page = await open(`${server.url}/ui/sagas?q=name%3Atrip`);
    await page.locator('.row input').first().check();
    await page.getByLabel('Which sagas').selectOption('all that match');
    const bar = page.getByRole('region', { name: 'Selected sagas' });
    await bar.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true }).click();
    const progress = page.locator('.batch-progress');
    await expect.poll(() => progress.innerText(), { timeout: 30_000 }).toContain('200 done of 200');
    await expect.poll(() => progress.innerText(), patience).toContain('cancel done');
    expect((await server.orchestrator.get('other')).cause).toBe(null);
    expect(complaints).toEqual([]);
  });

  it('asks for a token where the API wants one, and keeps it to the tab', async () => {
    const token = 'a-token-that-is-long-enough-to-be-accepted-0123456789';
    const server = await serve({
      auth: { tokens: [{ subject: 'ada', sha256: sha256(token), role: 'admin', tenants: ['default'] }] },
    });
    const page = await open(`${server.url}/ui/sagas`);
    await expect.poll(() => page.getByRole('dialog').count(), patience).toBe(1);
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Use it' }).click();
    await expect
      .poll(() => page.locator('.list-pane').innerText(), patience)
      .toContain('There are no sagas yet');
    await expect.poll(() => page.locator('.connection').innerText(), patience).toBe('live');
    expect(page.url()).not.toContain(token);
    expect(await page.evaluate('localStorage.length + document.cookie.length')).toBe(0);
  });

  it('says what a batch waits for where no node has the definition of some', async () => {
    const store = new MemoryStore({ clock: systemClock });
    const transport = new InProcessTransport();
    const relic = defineSaga('relic', { version: 7 }).waitFor('restored');
    const other = await createOrchestrator({ store, transport, sagas: [relic] });
    await other.start('relic', {}, { id: 'r' });
    await other.close();
    const server = await serve({ store });
    const { id } = await server.orchestrator.batches.start({ action: 'cancel', ids: ['r'] });
    const page = await open(`${server.url}/ui/batches/${id}`);
    const progress = page.locator('.batch-progress');
    await expect
      .poll(() => progress.innerText(), patience)
      .toContain('Waits for a node that has relic version 7');
    await progress.getByRole('button', { name: 'stop' }).click();
    await expect.poll(() => progress.innerText(), patience).toContain('aborted');
    expect(await progress.innerText()).not.toContain('Waits for');
    expect(complaints).toEqual([]);
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
