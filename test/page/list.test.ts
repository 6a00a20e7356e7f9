import { expect, it } from 'vitest';
import { goodOrder } from './page-server.ts';
import { describePage } from './page-world.ts';

const patience = { timeout: 15_000 };
const never = () => new Promise<never>(() => undefined);

describePage('the page, listing sagas', ({ serve, open, complaints }) => {
  it('moves its rows as sagas move, but not while it is paused', async () => {
    const server = await serve();
    await server.orchestrator.start('trip', {}, { id: 't1' });
    const page = await open(`${server.url}/ui/sagas`);
    const ids = () => page.locator('.row-id').allInnerTexts();
    await expect.poll(ids, patience).toEqual(['t1']);
    await expect.poll(() => page.locator('.connection').innerText(), patience).toBe('live');
    await server.orchestrator.start('trip', {}, { id: 't2' });
    await expect.poll(ids, patience).toEqual(['t2', 't1']);
    // Both wait for a signal: they move no more by themselves.
    await expect
      .poll(() => page.locator('.row-about').allInnerTexts(), patience)
      .toEqual(['trip · agreement', 'trip · agreement']);
    await page.keyboard.press('p');
    await server.orchestrator.start('trip', {}, { id: 't3' });
    await server.orchestrator.cancel('t1', {});
    await expect
      .poll(() => page.getByRole('button', { name: /resume/ }).innerText(), patience)
      .toContain('2 moved');
    expect(await ids()).toEqual(['t2', 't1']);
    expect(await page.locator('.row .badge').allInnerTexts()).toEqual(['running', 'running']);
    await page.keyboard.press('p');
    await expect.poll(ids, patience).toEqual(['t3', 't2', 't1']);
    await expect.poll(() => page.locator('.row .badge.is-compensated').count(), patience).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('does not take for new what matched before, further down than it was read', async () => {
    const server = await serve();
    for (let index = 0; index < 110; index += 1)
      await server.orchestrator.start('trip', {}, { id: `t${index}` });
    const page = await open(`${server.url}/ui/sagas?q=status%3Arunning`);
    await expect.poll(() => page.locator('.row-id').first().innerText(), patience).toBe('t109');
    await expect.poll(() => page.locator('.connection').innerText(), patience).toBe('live');
    await server.orchestrator.pause('t3');
    await server.orchestrator.cancel('t109');
    await expect.poll(() => page.locator('.row .badge.is-compensated').count(), patience).toBe(1);
    expect(await page.locator('.fresh').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('keeps queries in the address, and under names in this browser', async () => {
    const server = await serve();
    for (const id of ['a', 'b']) await server.orchestrator.start('order', goodOrder, { id });
    await server.orchestrator.start('trip', {}, { id: 't' });
    const page = await open(`${server.url}/ui/sagas?q=name%3Atrip`);
    await expect.poll(() => page.locator('.row-id').allInnerTexts(), patience).toEqual(['t']);
    page.once('dialog', (dialog) => void dialog.accept('Journeys'));
    await page.getByRole('button', { name: 'save' }).click();
    await page.getByLabel('Views').selectOption('All sagas');
    await expect.poll(() => page.locator('.row').count(), patience).toBe(3);
    expect(page.url()).not.toContain('q=');
    await page.reload();
    await page.getByLabel('Views').selectOption('Journeys');
    await expect.poll(() => page.locator('.row-id').allInnerTexts(), patience).toEqual(['t']);
    expect(page.url()).toContain('q=name%3Atrip');
    await page.getByRole('button', { name: /^completed/ }).click();
    await expect.poll(() => page.url(), patience).toContain('name%3Atrip+status%3Acompleted');
    await page.getByLabel('Views').selectOption('Journeys');
    await page.getByRole('button', { name: 'forget' }).click();
    expect(await page.getByLabel('Views').innerText()).not.toContain('Journeys');
  });

  it('marks sagas that should be moving and do not', async () => {
    const script = ({ operation }: { readonly operation: string }) =>
      operation === 'reserve' ? never() : undefined;
    // Whoever asks later than the saga moved finds it stuck.
    const server = await serve({ script, now: () => Date.now() + 3_600_000 });
    await server.orchestrator.start('order', goodOrder, { id: 'silent' });
    const page = await open(`${server.url}/ui/sagas`);
    await expect.poll(() => page.locator('.row .badge.is-stuck').count(), patience).toBe(1);
    await page.getByRole('button', { name: /^stuck/ }).click();
    await expect.poll(() => page.url(), patience).toContain('stuck%3A5m');
    await expect.poll(() => page.locator('.row-id').allInnerTexts(), patience).toEqual(['silent']);
    await page.locator('.row a').click();
    await expect.poll(() => page.locator('.saga-head .badge').allInnerTexts(), patience).toContain('stuck');
  });

  it('draws as many rows as fit into a tall window', async () => {
    const server = await serve();
    for (let count = 0; count < 50; count += 1)
      await server.orchestrator.start('trip', {}, { id: `t${count}` });
    const page = await open(`${server.url}/ui/sagas`, { viewport: { width: 1440, height: 2600 } });
    await expect.poll(() => page.locator('.row').count(), patience).toBeGreaterThan(40);
  });

  it('shows what it knows while the server is gone, and goes on by itself once it is back', async () => {
    const server = await serve();
    await server.orchestrator.start('trip', {}, { id: 't1' });
    const page = await open(`${server.url}/ui/sagas`);
    await expect.poll(() => page.locator('.row').count(), patience).toBe(1);
    await page.context().setOffline(true);
    await page.keyboard.press('p');
    await page.keyboard.press('p');
    await expect
      .poll(() => page.getByRole('status').allInnerTexts(), patience)
      .toContainEqual(expect.stringContaining('cannot be reached'));
    expect(await page.locator('.row-id').allInnerTexts()).toEqual(['t1']);
    await server.orchestrator.start('trip', {}, { id: 't2' });
    await page.context().setOffline(false);
    await expect.poll(() => page.locator('.row-id').allInnerTexts(), patience).toEqual(['t2', 't1']);
    await expect.poll(() => page.getByRole('alert').count(), patience).toBe(0);
  });
});
