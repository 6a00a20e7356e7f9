import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { SagaRecord, SagaWrite } from '../../src/core/store.ts';
import { goodOrder } from './page-server.ts';
import { describePage } from './page-world.ts';

const patience = { timeout: 30_000 };
/** The page does the same for any number; the store in memory, which looks through all of them, does not. */
const total = Number(process.env['SAGACHART_PAGE_SAGAS'] ?? 10_000);

/** Run before the page's own scripts: notes whatever keeps the page from answering for more than 50 ms. */
const watchTasks =
  "window.tasks = []; new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: 'longtask', buffered: true });";

describePage('the page, with many sagas', ({ serve, open, complaints }) => {
  it('stays usable while two hundred of them move each second', async ({ annotate }) => {
    const server = await serve({ pace: 5 });
    await server.orchestrator.start('order', goodOrder, { id: 'template' });
    await server.orchestrator.settled('template', { timeout: 10_000 });
    const template = await server.store.get({ tenant: 'default', id: 'template' });
    if (template === undefined) throw new Error('no template');
    for (let from = 0; from < total; from += 5_000)
      await server.store.commit(
        randomUUID(),
        Array.from({ length: 5_000 }, (_saga, index) => copyOf(template, from + index)),
      );
    const page = await open('about:blank');
    await page.addInitScript(watchTasks);
    await page.goto(`${server.url}/ui/sagas`);
    await expect.poll(() => page.locator('.row').count(), patience).toBeGreaterThan(10);
    expect(await page.getByRole('button', { name: /^completed/ }).innerText()).toMatch(
      new RegExp(`${String(total / 1_000)}.001`),
    );
    await expect.poll(() => page.locator('.connection').innerText(), patience).toBe('live');
    await page.evaluate('window.tasks.length = 0');
    const before = await heapOf();
    let rows = 0;
    for (let second = 0; second < 4; second += 1) {
      const orders = Array.from({ length: 40 }, (_order, index) => `live-${second}-${index}`);
      await Promise.all(orders.map((id) => server.orchestrator.start('order', goodOrder, { id })));
      await Promise.all(orders.map((id) => server.orchestrator.settled(id, { timeout: 20_000 })));
      rows = Math.max(rows, await page.locator('.row').count());
    }
    const moving = await tasksOf();
    await expect.poll(() => page.locator('.row-id').first().innerText(), patience).toContain('live-3-');
    await expect.poll(() => page.locator('.row .badge.is-running').count(), patience).toBe(0);
    // Down the list, page after page: only what is seen is there.
    for (let count = 0; count < 8; count += 1) {
      await page.evaluate("document.querySelector('.rows').scrollTop = 1e9");
      const reached = 100 * (count + 1);
      await expect
        .poll(() => page.evaluate("document.querySelector('.rows ol').clientHeight / 60"), patience)
        .toBeGreaterThan(reached);
      rows = Math.max(rows, await page.locator('.row').count());
    }
    expect(rows).toBeLessThan(60);
    expect(await page.evaluate("document.querySelectorAll('#page *').length")).toBeLessThan(1_500);
    await page.keyboard.press('/');
    await page.keyboard.type('name:order status:failed');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.list-pane').innerText(), patience).toContain('No saga matches');
    const heap = await heapOf();
    await annotate(
      `long tasks while 200 sagas moved each second, ms: ${JSON.stringify(moving)}; heap before and after, MB: ${before}, ${heap}`,
    );
    // Not how fast, but whether it keeps everything it ever saw.
    expect(heap).toBeLessThan(64);
    expect(complaints).toEqual([]);

    async function heapOf(): Promise<number> {
      const session = await page.context().newCDPSession(page);
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      await session.detach();
      return Math.round(usedSize / 100_000) / 10;
    }

    async function tasksOf(): Promise<readonly number[]> {
      return (await page.evaluate('window.tasks')) as readonly number[];
    }
  });
});

/** A finished saga as if it had been started earlier, one each second. */
function copyOf(template: SagaRecord, number: number): SagaWrite {
  const { definition, deadlineAt, attributes, requestHash, createdAt, ...record } = template;
  const { status, snapshot, step, participant, cause, error, isOverridden, owner, dueAt, hooks, closedAt } =
    record;
  const at = createdAt - (number + 1) * 1_000;
  return {
    key: { tenant: 'default', id: `saga-${String(number).padStart(6, '0')}` },
    expected: null,
    origin: { definition, deadlineAt, attributes, idempotencyKey: null, requestHash, createdAt: at },
    state: { status, snapshot, step, participant, cause, error, isOverridden, owner, dueAt, hooks, closedAt },
    entry: { type: 'start', data: '{}', status, state: 'completed', at },
  };
}
