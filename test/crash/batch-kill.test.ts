import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { z } from 'zod';
import type { BatchBody } from '../../src/http/batch-schemas.ts';
import type { AuditBody } from '../../src/http/report-schemas.ts';
import { MemoryBarrier } from '../../src/memory/barrier.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import { type Command, serveParticipant } from '../../src/participant/index.ts';
import { type CliProcess, startCli } from '../cli/cli-process.ts';
import { missingServers, type Servers, startServers } from '../cli/servers.ts';
import { programIn } from '../servers/programs.ts';

type Batch = z.infer<typeof BatchBody>;
type Audit = z.infer<typeof AuditBody>;

const sagas = programIn(inject('programs'), 'test/cli/doomed-sagas.ts');
const ids = Array.from({ length: 300 }, (_, index) => `k-${String(index).padStart(3, '0')}`);
/** Whoever acts on this one waits for somebody else's lock, in the midst of the batch. */
const blocked = 'k-150';
const why = missingServers === undefined ? '' : ` (${missingServers})`;
let servers: Servers;

describe.skipIf(missingServers !== undefined)(`a batch whose node is killed${why}`, () => {
  beforeAll(async () => {
    servers = await startServers();
  });
  afterAll(() => servers.stop());

  test('is finished by another node, and each saga is acted on once', async () => {
    const first = start();
    const url = await first.until(/API +(http:\S+)/);
    await Promise.all(
      ids.map(async (id) => post(url, '/v1/sagas?wait=30s', { name: 'doomed', input: {}, id })),
    );
    expect(await rows(`select id from sagas where status = 'failed'`)).toHaveLength(ids.length);
    const effects = await serveLate();
    const lock = await lockSaga(blocked);
    const { id, total } = await post<Batch>(url, '/v1/batches', {
      action: 'retry',
      filter: { name: 'doomed', status: 'failed' },
      actor: 'ada',
      reason: 'somebody serves it now',
    });
    expect(total).toBe(ids.length);

    // What was done of the page at hand is durable, and no outcome of it is kept: the next node has to ask again.
    const retried = () => rows(`select saga_id from saga_events where type = 'retry'`);
    const unkept = async () => {
      const { status, done } = await get<Batch>(url, `/v1/batches/${id}`);
      expect([status, done < total]).toEqual(['running', true]);
      return (await retried()).length - done;
    };
    const waiting = `select 1 as n from pg_stat_activity where wait_event_type = 'Lock' and query ilike 'update%sagas%'`;
    await expect.poll(async () => (await rows(waiting)).length, { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(unkept, { timeout: 10_000 }).toBeGreaterThanOrEqual(5);
    const other = await start().until(/API +(http:\S+)/);
    await first.stop('SIGKILL');
    await lock.release();

    const batch = () => get<Batch>(other, `/v1/batches/${id}`);
    await expect
      .poll(batch, { timeout: 30_000 })
      .toMatchObject({ status: 'done', done: ids.length, failed: 0 });
    expect((await retried()).map((row) => row['saga_id'] ?? '').toSorted()).toEqual(ids);
    expect(await auditOf(other)).toEqual(
      ids.map((sagaId) => ({ sagaId, action: 'retry', actor: 'ada', reason: 'somebody serves it now' })),
    );
    await expect
      .poll(() => rows(`select id from sagas where status <> 'completed'`), { timeout: 30_000 })
      .toEqual([]);
    expect(Object.fromEntries(effects)).toEqual(Object.fromEntries(ids.map((sagaId) => [sagaId, 1])));
  }, 120_000);
});

function start(): CliProcess {
  // What waits for a lock waits until it is let go of.
  const patient = { SAGACHART_DATABASE_STATEMENT_TIMEOUT: '60s', SAGACHART_LEASE_TTL: '3s' };
  const env = { ...servers.env, ...patient, SAGACHART_EVENTS: 'off' };
  const process = startCli(['serve', sagas], env);
  onTestFinished(async () => void (await process.stop('SIGKILL')));
  return process;
}

/** Serves what nobody served before; counts what it did for each saga. */
async function serveLate(): Promise<ReadonlyMap<string, number>> {
  const effects = new Map<string, number>();
  const go = async ({ saga }: Command<unknown>) => {
    effects.set(saga.id, (effects.get(saga.id) ?? 0) + 1);
    return { done: true };
  };
  const transport = await createNatsTransport({ url: servers.natsUrl });
  onTestFinished(() => transport.close());
  await serveParticipant(transport, { name: 'nobody', barrier: new MemoryBarrier(), operations: { go } });
  return effects;
}

/** Holds a saga's row, so that nobody can take the saga over. */
async function lockSaga(id: string) {
  const sql = postgres(servers.databaseUrl, { max: 1, onnotice: () => undefined });
  const release = () => sql.end({ timeout: 0 });
  onTestFinished(release);
  await sql.unsafe('begin');
  await sql.unsafe('select id from sagas where id = $1 for update', [id]);
  return { release };
}

async function rows(statement: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const sql = postgres(servers.databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    return [...(await sql.unsafe<Record<string, string>[]>(statement))];
  } finally {
    await sql.end();
  }
}

async function auditOf(url: string): Promise<readonly object[]> {
  const told: Audit['entries'] = [];
  for (let cursor: number | null | undefined; cursor !== null;) {
    const page: Audit = await get(
      url,
      `/v1/audit?limit=200${cursor === undefined ? '' : `&cursor=${cursor}`}`,
    );
    told.push(...page.entries);
    cursor = page.next;
  }
  return told
    .map(({ sagaId, action, actor, reason }) => ({ sagaId, action, actor, reason }))
    .toSorted((a, b) => (a.sagaId < b.sagaId ? -1 : 1));
}

async function get<Body>(url: string, path: string): Promise<Body> {
  return (await (await fetch(`${url}${path}`)).json()) as Body;
}

async function post<Body>(url: string, path: string, body: object): Promise<Body> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await answer.json()) as Body;
}
