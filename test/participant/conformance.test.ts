import postgres from 'postgres';
import { describe, expect, inject, it } from 'vitest';
import type { CommandRequest, Transport } from '../../src/core/transport.ts';
import { startBroker } from '../../src/embedded/broker.ts';
import { MemoryBarrier } from '../../src/memory/barrier.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import {
  inProgress,
  serveParticipant,
  verifyParticipant,
  type Command,
  type ConformanceOptions,
} from '../../src/participant/index.ts';
import { createPostgresBarrier } from '../../src/postgres/barrier.ts';
import type { PostgresTx } from '../../src/postgres/barrier-tx.ts';
import { createDatabase } from '../servers/postgres.ts';
import { Homemade } from './conformance-homemade.ts';
import {
  complaintsOf,
  createHurriedClock,
  holdOf,
  namesOf,
  requirePositive,
  serveStock,
  stock,
} from './conformance-worlds.ts';

const server = inject('postgresUrl');

describe('a participant that conforms', () => {
  it('is one of the kit with a memory barrier, as often as it is verified', async () => {
    const transport = new InProcessTransport();
    const countEffects = await serveStock(transport);
    const options = { ...stock, countEffects, clock: createHurriedClock() };
    for (const report of [
      await verifyParticipant(transport, options),
      await verifyParticipant(transport, options),
    ]) {
      expect(complaintsOf(report)).toEqual([]);
      expect(report.verdict).toBe('conforms');
      expect(report.guarantees.map(({ status }) => status)).not.toContain('unproven');
    }
  });

  it.skipIf(server === undefined)('is one of the kit with a barrier in PostgreSQL', async () => {
    const database = await createDatabase(server ?? '');
    const sql = postgres(database.url, { onnotice: () => undefined });
    await sql`create table holds (hold text not null)`;
    const barrier = createPostgresBarrier({ sql });
    const transport = new InProcessTransport();
    await serveParticipant(transport, {
      name: 'stock',
      barrier,
      operations: {
        reserve: async ({ input, saga, tx }: Command<PostgresTx>) => {
          requirePositive(input);
          const rows = await tx`insert into holds values (${holdOf(saga.idempotencyKey)}) returning hold`;
          return rows[0];
        },
        release: async ({ saga, tx }: Command<PostgresTx>) => {
          await tx`delete from holds where hold = ${holdOf(saga.idempotencyKey)}`;
        },
      },
    });
    const countEffects = async () => (await sql`select 1 from holds`).length;
    expect(
      complaintsOf(await verifyParticipant(transport, { ...stock, countEffects, timeout: 20_000 })),
    ).toEqual([]);
    await barrier.close();
    await sql.end();
    await database.drop();
  });

  it('is one of several instances that share the load over NATS', async () => {
    const broker = await startBroker();
    const connect = () => createNatsTransport({ url: broker.url });
    const [asking, ...serving] = [await connect(), await connect(), await connect()] as const;
    const barrier = new MemoryBarrier();
    const [countEffects] = await Promise.all([
      serveStock(serving[0], barrier),
      serveStock(serving[1], barrier),
    ]);
    const options = { ...stock, countEffects, timeout: 20_000 };
    expect(complaintsOf(await verifyParticipant(asking, options))).toEqual([]);
    await Promise.all([asking, ...serving].map((transport) => transport.close()));
    await broker.close();
  });

  it('may be still at work when it is asked, or have too much to do', async () => {
    const transport = new InProcessTransport();
    const held = new Set<string>();
    const asked = new Map<string, number>();
    const barrier = new MemoryBarrier();
    await serveParticipant(transport, {
      name: 'stock',
      barrier,
      concurrency: 12,
      queue: 0,
      operations: {
        reserve: ({ input, saga }) => {
          requirePositive(input);
          const times = asked.get(saga.idempotencyKey) ?? 0;
          asked.set(saga.idempotencyKey, times + 1);
          if (times < 3) return inProgress({ retryAfter: 700 });
          return void held.add(holdOf(saga.idempotencyKey));
        },
        release: ({ saga }) => void held.delete(holdOf(saga.idempotencyKey)),
      },
    });
    const countEffects = async () => held.size;
    const report = await verifyParticipant(transport, {
      ...stock,
      countEffects,
      clock: createHurriedClock(),
    });
    expect(complaintsOf(report)).toEqual([]);
    expect(report.checks[0]?.evidence.filter((line) => line.includes('in progress'))).toHaveLength(3);
  });

  it('need not use the kit', async () => {
    expect(complaintsOf(await verifyHomemade(new Homemade()))).toEqual([]);
  });
});

describe('what was not looked at', () => {
  it('is effects that nobody counts, whatever the replies say', async () => {
    const transport = new InProcessTransport();
    await serveStock(transport);
    const report = await verifyParticipant(transport, { ...stock, clock: createHurriedClock() });
    expect(report.verdict).toBe('incomplete');
    expect(namesOf(report, 'failed')).toEqual([]);
    expect(namesOf(report, 'skipped')).toContain('a repeated action takes effect once');
    expect(namesOf(report, 'passed')).toContain('a repeated action gets the same reply');
    expect(report.guarantees).toContainEqual(expect.objectContaining({ name: 'once', status: 'unproven' }));
    expect(report.guarantees).toContainEqual(expect.objectContaining({ name: 'answers', status: 'held' }));
  });

  it('is the undo of an action that has none, and a refusal that nobody knows how to get', async () => {
    const transport = new InProcessTransport();
    const countEffects = await serveStock(transport);
    const { participant, action, input } = stock;
    const options = { participant, action, input, countEffects, clock: createHurriedClock() };
    const report = await verifyParticipant(transport, options);
    expect(namesOf(report, 'failed')).toEqual([]);
    const skipped = report.checks.filter(({ status }) => status === 'skipped');
    expect(new Set(skipped.map(({ why }) => /`\w+`/.exec(why)?.[0]))).toEqual(
      new Set(['`compensation`', '`refusedInput`']),
    );
    expect(report.guarantees.filter(({ status }) => status === 'held').map(({ name }) => name)).toEqual([
      'answers',
      'usable replies',
      'once',
      'own runs',
      'shared load',
      'checked keys',
      'survives garbage',
    ]);
  });

  it.each([
    ['sees nothing', async () => 7, 'There should be 1 more effect than before, but there are 0.'],
    ['fails', () => Promise.reject(new Error('no such table')), '`countEffects` failed: no such table.'],
    [
      'gives no number',
      async () => Number.NaN,
      '`countEffects` failed: it gave NaN, which is no number of effects.',
    ],
    [
      'hangs',
      () => new Promise<number>(() => undefined),
      '`countEffects` failed: it took longer than 5000 ms.',
    ],
  ])('is effects that are counted by a probe that %s', async (_, countEffects, why) => {
    const transport = new InProcessTransport();
    await serveStock(transport);
    const report = await verifyParticipant(transport, {
      ...stock,
      countEffects,
      clock: createHurriedClock(),
    });
    expect(report.checks.filter(({ status }) => status === 'failed')).toEqual([
      expect.objectContaining({ name: 'an action takes effect once', why }),
    ]);
    expect(namesOf(report, 'skipped')).toContain('a repeated action takes effect once');
  });

  it('is everything when nobody serves the action', async () => {
    const clock = createHurriedClock();
    const report = await verifyParticipant(new InProcessTransport(), { ...stock, clock });
    expect(namesOf(report, 'failed')).toEqual(['it answers an action']);
    expect(report.checks[0]?.why).toBe(
      'The action was answered with: unreachable, no_responders: Nobody serves this operation now.',
    );
    expect(report.checks.slice(1).every(({ status }) => status === 'skipped')).toBe(true);
  });

  it('is everything else when the input that should succeed does not', async () => {
    const transport = new InProcessTransport();
    await serveStock(transport);
    const options = { ...stock, input: { quantity: 0 }, clock: createHurriedClock() };
    const report = await verifyParticipant(transport, options);
    expect(namesOf(report, 'failed')).toEqual(['an action succeeds']);
    expect(report.checks.find(({ status }) => status === 'failed')).toMatchObject({
      why: 'The action was answered with: refused, quantity: none of that.',
      remedy: expect.stringContaining('`input` that succeeds'),
    });
  });
});

describe('verifyParticipant', () => {
  it('asks as the engine does, under saga ids that nobody has used', async () => {
    const seen: CommandRequest[] = [];
    const inner = new InProcessTransport();
    await serveStock(inner);
    const transport: Pick<Transport, 'request'> = {
      request: (request, settle) => {
        seen.push(request);
        return inner.request(request, settle);
      },
    };
    let count = 0;
    const ids = { next: () => `n${(count += 1)}` };
    const options: ConformanceOptions = {
      ...stock,
      undoInput: 'all',
      tenant: 'acme',
      ids,
      clock: createHurriedClock(),
    };
    await verifyParticipant(transport, options);
    expect(seen[0]).toEqual({
      participant: 'stock',
      operation: 'reserve',
      tenant: 'acme',
      sagaId: 'verify-n1',
      sagaName: 'verify',
      step: 'verify',
      attempt: 1,
      op: 'do',
      idempotencyKey: 'acme:verify-n1:verify:1:1:do',
      deadline: expect.any(Number),
      body: { input: { quantity: 1 } },
    });
    expect(seen.find(({ op }) => op === 'undo')).toMatchObject({
      operation: 'release',
      body: { input: 'all', original: { hold: 'acme:verify-n2:verify:1:1', of: 1 } },
    });
    expect(new Set(seen.map(({ sagaId }) => sagaId)).size).toBeGreaterThan(60);
    expect(seen.find(({ op }) => op === 'seal')?.operation).toBe('reserve');
  });

  it('gives the same report for the same participant, ids and clock', async () => {
    const reports = await Promise.all([1, 2].map(() => verifyHomemade(new Homemade('forgets refusals'))));
    expect(reports[0]).toEqual(reports[1]);
    expect(JSON.parse(JSON.stringify(reports[0]))).toEqual(reports[0]);
  });

  it('throws when a name is none, before it asks anybody', async () => {
    const transport = new InProcessTransport();
    for (const wrong of [{ participant: 'a.b' }, { action: '' }, { compensation: 'inventory.release' }])
      await expect(verifyParticipant(transport, { ...stock, ...wrong })).rejects.toThrow('is not a name');
  });
});

async function verifyHomemade(homemade: Homemade) {
  const transport = new InProcessTransport();
  await transport.serve(homemade.service);
  let count = 0;
  return verifyParticipant(transport, {
    ...stock,
    clock: createHurriedClock(),
    ids: { next: () => `n${(count += 1)}` },
    countEffects: async () => homemade.effects,
  });
}
