import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { participants } from '../../examples/order/participants.ts';
import { order } from '../../examples/order/saga.ts';
import type { AnySagaDefinition } from '../../src/core/definition.ts';
import { RetryableError, TerminalError } from '../../src/core/errors.ts';
import { hash32 } from '../../src/core/hash.ts';
import { isSettled } from '../../src/core/snapshot.ts';
import type { CommandRequest, Transport } from '../../src/core/transport.ts';
import { MemoryBarrier } from '../../src/memory/barrier.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import type { Handler } from '../../src/participant/operation.ts';
import { serveParticipant } from '../../src/participant/serve.ts';
import { createPostgresStore } from '../../src/postgres/create-store.ts';
import { natsSkipReason, startNatsServer } from '../servers/nats.ts';
import { createDatabase, postgresHint } from '../servers/postgres.ts';
import { programIn } from '../servers/programs.ts';
import type { ChildTask } from './matrix-child.ts';
import { type Effect, violationsOf } from './matrix-rules.ts';
import { type PointKind, pointKinds } from './points.ts';

const missing = inject('postgresUrl') === undefined ? postgresHint : natsSkipReason('own');
const root = fileURLToPath(new URL('../../', import.meta.url));
const sagasPerChild = 26;
/** After so many kills a node lives: a saga that is taken over 20 times without progress is parked as poison. */
const calmEvery = 14;
/** An order has nothing to let go of: it has no hooks. */
const kinds = pointKinds.filter((kind) => !kind.endsWith('release'));
/** At which of the points of its kind each child of that kind dies. */
const indexes = [1, 2, 3, 5, 8, 13, 21];
/** A node comes to few of these. */
const rare: readonly PointKind[] = ['before claim', 'after claim', 'before lease', 'after lease'];

describe('nodes killed with kill -9 on PostgreSQL and nats-server', () => {
  test.skipIf(missing !== undefined)(
    `at their durable points leave every saga whole${missing === undefined ? '' : ` (${missing})`}`,
    { timeout: 420_000 },
    async () => {
      const { databaseUrl, natsUrl, effects, store } = await openWorld();
      const program = programIn(inject('programs'), 'test/crash/matrix-child.ts');
      const crashes = kinds.flatMap((kind) =>
        indexes.filter((at) => !rare.includes(kind) || at <= 5).map((indexOfKind) => ({ kind, indexOfKind })),
      );
      let [takenOver, killed] = [0, 0];
      for (const [round, crash] of crashes.entries()) {
        const ids = Array.from({ length: sagasPerChild }, (_, index) => `r${round}-${index}`);
        const signal = await run(program, { databaseUrl, natsUrl, ids, crash });
        if (signal === 'SIGKILL') killed += 1;
        if (round % calmEvery === calmEvery - 1)
          await run(program, { databaseUrl, natsUrl, ids: [], crash: null });
      }
      expect(killed).toBe(crashes.length);
      const all = crashes.flatMap((_, round) =>
        Array.from({ length: sagasPerChild }, (_none, index) => `r${round}-${index}`),
      );
      // Clients that got no answer ask again; whatever was started before is found, not started anew.
      expect(await run(program, { databaseUrl, natsUrl, ids: all, crash: null })).toBe(null);
      const statuses = new Map<string, number>();
      for (const id of all) {
        const record = await store.get({ tenant: 'default', id });
        if (record === undefined) throw new Error(`saga ${id} is lost`);
        expect(isSettled(record.status)).toBe(true);
        if (record.epoch > 1) takenOver += 1;
        statuses.set(record.status, (statuses.get(record.status) ?? 0) + 1);
        const journal = await store.history(record, { limit: 10_000 });
        const ended = {
          saga: order as unknown as AnySagaDefinition,
          record,
          journal,
          effects: effects.get(id) ?? [],
        };
        expect([id, ...violationsOf(ended)]).toEqual([id]);
      }
      expect([...statuses.keys()].toSorted()).toEqual(['compensated', 'completed']);
      console.info(`${killed} kills, ${takenOver} of ${all.length} sagas taken over`, [...statuses]);
      expect(takenOver).toBeGreaterThanOrEqual(500);
    },
  );
});

async function openWorld() {
  const database = await createDatabase(inject('postgresUrl') ?? '');
  const nats = await startNatsServer();
  const store = await createPostgresStore({ url: database.url });
  const transport = await createNatsTransport({ url: nats.url });
  const effects = await serveAll(transport);
  onTestFinished(async () => {
    await transport.close();
    await store.close();
    await nats.stop();
    await database.drop();
  });
  return { databaseUrl: database.url, natsUrl: nats.url, effects, store };
}

/** The participants outlive the nodes. What each attempt meets is decided by its name: the same each time. */
async function serveAll(transport: Transport): Promise<ReadonlyMap<string, readonly Effect[]>> {
  const effects = new Map<string, Effect[]>();
  for (const [name, { acts }] of Object.entries(participants)) {
    const handlers = Object.entries(acts).map(([operation, act]) => {
      const handler: Handler<unknown> = ({ input, saga: { id, step, op, attempt, idempotencyKey } }) => {
        const luck = hash32(`${id} ${step} ${op} ${attempt}`) % 100;
        if (op === 'do' && step !== 'completeOrder' && luck < 10) throw new TerminalError('it will not');
        if (luck >= 10 && luck < 20) throw new RetryableError('it cannot now');
        const reply = act(input as never, id);
        const generation = Number(idempotencyKey.split(':').at(-2));
        effects.set(id, [...(effects.get(id) ?? []), { step, op, generation }]);
        return reply;
      };
      return [operation, handler] as const;
    });
    const forgetful: Pick<Transport, 'serve'> = {
      serve: (service) =>
        transport.serve({
          ...service,
          handle: async (request) => {
            const reply = await service.handle(request);
            return isForgotten(request) ? undefined : reply;
          },
        }),
    };
    await serveParticipant(forgetful, {
      name,
      barrier: new MemoryBarrier(),
      operations: Object.fromEntries(handlers),
    });
  }
  return effects;
}

/** Replies that are lost, the effect being real. */
function isForgotten({ sagaId, step, op, attempt }: CommandRequest): boolean {
  return attempt === 1 && hash32(`${sagaId} ${step} ${op}`) % 12 === 0;
}

/** Runs a child to its end; gives the signal that ended it. Throws, with what it said, when it fails. */
async function run(program: string, task: ChildTask): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [program, JSON.stringify(task)], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  process.off('exit', kill);
  if (code !== null && code !== 0) throw new Error(`the node failed: ${said}`);
  return signal;
}
