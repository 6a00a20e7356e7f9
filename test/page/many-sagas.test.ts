import postgres from 'postgres';
import { expect, inject, it, onTestFinished } from 'vitest';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { createDatabase } from '../servers/postgres.ts';
import { goodOrder, type openPageServer } from './page-server.ts';
import { describePage } from './page-world.ts';

const patience = { timeout: 30_000 };
const total = 100_000;
/** How many orders are started how often (ms), and how often in all: with five moves each, 200 moves a second. */
const pace = { orders: 5, interval: 110, times: 45 } as const;

const serverUrl = inject('postgresUrl') ?? '';

/** Run before the page's own scripts: notes whatever keeps the page from answering for more than 50 ms. */
const watchTasks =
  "window.tasks = []; new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: 'longtask', buffered: true });";

describePage('the page, with many sagas', ({ serve, open, complaints }) => {
  it.skipIf(serverUrl === '')(
    'stays usable with 100,000 of them, while their state changes 200 times a second',
    async ({ annotate }) => {
      const { server, fill } = await serveMany();
      await server.orchestrator.start('order', goodOrder, { id: 'template' });
      await server.orchestrator.settled('template', { timeout: 10_000 });
      await fill();
      const page = await open('about:blank');
      await page.addInitScript(watchTasks);
      await page.goto(`${server.url}/ui/sagas`);
      await expect.poll(() => page.locator('.row').count(), patience).toBeGreaterThan(10);
      expect(await page.getByRole('button', { name: /^completed/ }).innerText()).toMatch(/100.001$/);
      await expect.poll(() => page.locator('.connection').innerText(), patience).toBe('live');
      const opening = await tasksOf();
      await page.evaluate('window.tasks.length = 0');
      const before = await heapOf();
      const { perSecond, rows } = await move();
      const moving = await tasksOf();
      await expect
        .poll(() => page.locator('.row-id').first().innerText(), patience)
        .toContain(`live-${pace.times - 1}-`);
      await expect.poll(() => page.locator('.row .badge.is-running').count(), patience).toBe(0);
      const settled = 100_001 + pace.orders * pace.times;
      await expect
        .poll(() => page.getByRole('button', { name: /^completed/ }).innerText(), patience)
        .toMatch(new RegExp(`100.${String(settled).slice(-3)}$`));
      expect(Math.max(rows, await walkDown())).toBeLessThan(60);
      expect(await page.evaluate("document.querySelectorAll('#page *').length")).toBeLessThan(1_500);
      await page.keyboard.press('/');
      await page.keyboard.type('name:order status:failed');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator('.list-pane').innerText(), patience).toContain('No saga matches');
      const heap = await heapOf();
      await annotate(
        `${Math.round(perSecond)} moves a second; long tasks in ms: opening ${JSON.stringify(opening)}, while they move ${JSON.stringify(moving)}; heap before and after, MB: ${before}, ${heap}`,
      );
      // Not how fast, but whether it keeps everything it ever saw.
      expect(heap).toBeLessThan(48);
      expect(complaints).toEqual([]);

      /** Starts orders at the pace; gives how many moves there really were a second, and how many rows at most. */
      async function move() {
        const ids: string[] = [];
        const begun = performance.now();
        let most = 0;
        for (let time = 0; time < pace.times; time += 1) {
          const batch = Array.from({ length: pace.orders }, (_order, index) => `live-${time}-${index}`);
          ids.push(...batch);
          await Promise.all(batch.map((id) => server.orchestrator.start('order', goodOrder, { id })));
          if (time % 10 === 0) most = Math.max(most, await page.locator('.row').count());
          const next = begun + (time + 1) * pace.interval;
          await new Promise((resolve) => setTimeout(resolve, next - performance.now()));
        }
        const sagas = await Promise.all(
          ids.map((id) => server.orchestrator.settled(id, { timeout: 20_000 })),
        );
        const moves = sagas.reduce((sum, { version }) => sum + version, 0);
        return { perSecond: (moves / (performance.now() - begun)) * 1_000, rows: most };
      }

      /** Down the list, page after page; gives how many rows were there at most: only what is seen is. */
      async function walkDown(): Promise<number> {
        let most = 0;
        for (let count = 0; count < 8; count += 1) {
          await page.evaluate("document.querySelector('.rows').scrollTop = 1e9");
          await expect
            .poll(() => page.evaluate("document.querySelector('.rows ol').clientHeight / 60"), patience)
            .toBeGreaterThan(100 * (count + 1));
          most = Math.max(most, await page.locator('.row').count());
        }
        return most;
      }

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
    },
  );

  /** A page over PostgreSQL, and how to fill that with copies of the saga `template`. */
  async function serveMany(): Promise<{
    readonly server: Awaited<ReturnType<typeof openPageServer>>;
    readonly fill: () => Promise<void>;
  }> {
    const database = await createDatabase(serverUrl);
    const store = await createPostgresStore({ url: database.url });
    const client = postgres(database.url, { max: 1, onnotice: () => undefined });
    onTestFinished(async () => {
      await Promise.all([client.end(), store.close()]);
      await database.drop();
    });
    const server = await serve({ store, pace: 5 });
    return { server, fill: () => fillWith(client) };
  }
});

/** Copies as if they had been started earlier, one each second, with one line of journal each. */
async function fillWith(client: postgres.Sql): Promise<void> {
  const columns = await client<{ readonly name: string }[]>`
    select column_name as name from information_schema.columns
    where table_name = 'sagas' and is_generated = 'NEVER' and column_name not in ('id', 'version', 'created_at')`;
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  await client.unsafe(
    `insert into sagas (id, version, created_at, ${names})
     select 'saga-' || lpad(n::text, 6, '0'), 1, created_at - n * interval '1 second', ${names}
     from sagas, generate_series(1, ${total}) n where id = 'template'`,
  );
  await client.unsafe(
    `insert into saga_events (tenant, saga_id, seq, type, data, status, state, at, tx_id)
     select tenant, id, 1, 'start', '{}', status, status, created_at, 'fill' from sagas where id like 'saga-%'`,
  );
  await client.unsafe(
    `insert into saga_tally_changes (tenant, name, definition_version, status, overridden, error_step, error_op, error_code, change)
     select tenant, name, definition_version, status, overridden, '', '', '', ${total} from sagas where id = 'template'`,
  );
  await client.unsafe('analyze sagas');
}
