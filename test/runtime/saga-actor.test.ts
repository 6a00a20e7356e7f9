import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from '../../src/core/definition.ts';
import { StorageRefusedError } from '../../src/core/errors.ts';
import { parseSnapshot } from '../../src/core/snapshot.ts';
import { advance, type Move, type SagaEvent, type SagaLogic } from '../../src/core/transition.ts';
import type { Reply } from '../../src/core/transport.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { toWrite } from '../../src/runtime/saga-record.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createEngine } from './engine.ts';

const undone = (name: string) =>
  ({ action: `shop.${name}`, compensation: `shop.un${name}`, retry: { maximumAttempts: 3 } }) as const;
const order = defineSaga('order', { defaults: { timeout: '10s' } })
  .step('reserve', undone('reserve'))
  .step('charge', undone('charge'));
const done: Reply = { type: 'succeeded', result: 1 };
const failed: Reply = { type: 'failed', error: { code: 'busy', message: 'busy' } };

describe('a saga that is driven', () => {
  it('sends a command only after the move that wants it is durable', async () => {
    const clock = new ManualClock();
    const memory = new MemoryStore({ clock });
    const happened: string[] = [];
    const store = new Proxy(memory, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          if (name === 'commit') happened.push('commit');
          return method.apply(target, args);
        };
      },
    });
    const participants = new ScriptedParticipants({ others: 'held' });
    const request = participants.request.bind(participants);
    participants.request = (command, settle) => {
      happened.push(command.step);
      return request(command, settle);
    };
    const { orchestrator, reaches } = await createEngine({ sagas: [order], store, clock, participants });
    await orchestrator.start('order', {}, { id: 'a' });
    await until('the command', () => participants.held.length === 1);
    participants.answer('reserve', done);
    await reaches('a', 'running.charge.executing');
    await until('the next command', () => participants.held.length === 1);
    expect(happened).toEqual(['commit', 'reserve', 'commit', 'charge']);
  });

  it('takes one event at a time, in the order in which they came', async () => {
    const group = defineSaga('group').parallel('all', (all) =>
      all.step('x', undone('x')).step('y', undone('y')).step('z', undone('z')),
    );
    const { orchestrator, participants, reaches } = await createEngine({ sagas: [group] });
    await orchestrator.start('group', {}, { id: 'a' });
    await until('the commands', () => participants.held.length === 3);
    for (const name of ['z', 'x', 'y']) participants.answer(name, done);
    await reaches('a', 'completed');
    expect((await orchestrator.history('a')).map(({ type }) => type)).toEqual([
      'start',
      'z.succeeded',
      'x.succeeded',
      'y.succeeded',
    ]);
  });

  it('lets a timed out attempt go, and drops its late answer', async () => {
    const { orchestrator, participants, pass, reaches } = await createEngine({
      sagas: [order],
      limits: { leaseTtl: 1e9 },
    });
    await orchestrator.start('order', {}, { id: 'a' });
    await until('the command', () => participants.held.length === 1);
    await pass(10_000);
    await reaches('a', 'running.reserve.backoff');
    expect(participants.held).toEqual([]);
    await pass(1_000);
    await reaches('a', 'running.reserve.executing');
    expect(participants.sent.map(({ request }) => [request.attempt, request.idempotencyKey])).toEqual([
      [1, 'default:a:reserve:1:1:do'],
      [2, 'default:a:reserve:1:1:do'],
    ]);
  });

  it('takes a timer that rang during a move for nothing, where the move was the end of what it is about', async () => {
    const clock = new ManualClock();
    const memory = new MemoryStore({ clock });
    const commit = memory.commit.bind(memory);
    let gate = Promise.resolve();
    memory.commit = async (txId, writes) => {
      await gate;
      return commit(txId, writes);
    };
    const engine = await createEngine({ sagas: [order], store: memory, clock, limits: { leaseTtl: 1e9 } });
    const { orchestrator, participants, reaches, pass } = engine;
    await orchestrator.start('order', {}, { id: 'a' });
    await until('the command', () => participants.held.length === 1);
    await pass(9_500);
    let open = () => {};
    gate = new Promise<void>((resolve) => (open = resolve));
    participants.answer('reserve', failed);
    const retried = orchestrator.retry('a');
    await pass(1_000);
    open();
    await retried;
    await reaches('a', 'running.reserve.executing');
    participants.answer('reserve', done);
    await reaches('a', 'running.charge.executing');
    expect((await orchestrator.history('a')).map(({ type }) => type)).toEqual([
      'start',
      'reserve.failed',
      'retry',
      'reserve.succeeded',
    ]);
  });

  it('goes on from what is stored when somebody else wrote it, and its own move came too late', async () => {
    const { orchestrator, participants, store, row, reaches, clock } = await createEngine({ sagas: [order] });
    await orchestrator.start('order', {}, { id: 'a' });
    await until('the command', () => participants.held.length === 1);
    const before = await row('a');
    const logic = { plan: order.plan, machine: order.machine as unknown as SagaLogic['machine'] };
    const event: SagaEvent = {
      type: 'reserve.succeeded',
      result: 'theirs',
      step: 'reserve',
      op: 'do',
      attempt: 1,
      generation: 1,
    } as never;
    const move = advance(logic, parseSnapshot(logic.machine, before.snapshot), event, {
      now: clock.now(),
      deadline: undefined,
    }) as Move;
    const write = toWrite(before, move, {
      plan: logic.plan,
      event,
      hooks: [],
      node: before.owner,
      now: clock.now(),
      hasWork: true,
    });
    expect(await store.commit('theirs', [write])).toEqual([true]);
    participants.answer('reserve', { type: 'succeeded', result: 'ours' });
    await until('the next command', () => participants.held.some(({ name }) => name === 'charge'));
    await reaches('a', 'running.charge.executing');
    expect((await orchestrator.get('a')).results).toEqual({ reserve: 'theirs' });
  });

  it('tells participants how long it waits', async () => {
    const { orchestrator, participants, clock } = await createEngine({ sagas: [order] });
    await orchestrator.start('order', {}, { id: 'a' });
    await until('the command', () => participants.sent.length === 1);
    expect(participants.sent[0]?.request.deadline).toBe(clock.now() + 10_000);
  });
});

describe('a saga that changes hands', () => {
  it('keeps its time where the next node takes the store’s clock for half a second behind', async () => {
    const one = await createEngine({ sagas: [order] });
    const late = new Proxy(one.store, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        if (name !== 'renewLease') return method.bind(target);
        return async (...args: unknown[]) => {
          const { now } = (await method.apply(target, args)) as { readonly now: number };
          return { now: now - 500 };
        };
      },
    });
    const two = await createEngine({ sagas: [order], store: late, clock: one.clock });
    await one.orchestrator.start('order', {}, { id: 'a' });
    await until('the command', () => one.participants.held.length === 1);
    await two.orchestrator.cancel('a');
    const items = await two.orchestrator.history('a');
    const [first = 0, second = 0] = items.map(({ at }) => at);
    expect(second).toBeGreaterThanOrEqual(first);
  });
});

describe('a saga that waits', () => {
  const patient = defineSaga('patient').step('one', {
    ...undone('one'),
    retry: { initialInterval: '1h', maximumInterval: '1h', maximumAttempts: 2 },
  });

  it('long is let go of, costs no actor, and is claimed when it is due', async () => {
    const { orchestrator, participants, row, pass, reaches, clock } = await createEngine({
      sagas: [patient],
      limits: { leaseTtl: 1e9 },
    });
    await orchestrator.start('patient', {}, { id: 'a' });
    await until('the command', () => participants.held.length === 1);
    participants.answer('one', failed);
    await until('nobody to drive it', () => orchestrator.metrics().active === 0);
    const { owner, dueAt } = await row('a');
    expect([owner, dueAt]).toEqual([null, Object.values((await orchestrator.get('a')).timers)[0]]);
    await pass((dueAt ?? 0) - clock.now() - 1_000);
    expect(orchestrator.metrics().active).toBe(0);
    await pass(2_000);
    await reaches('a', 'running.one.executing');
    expect(participants.sent.map(({ request }) => request.attempt)).toEqual([1, 2]);
  });

  it('shortly keeps its actor', async () => {
    const { orchestrator, participants, row, reaches } = await createEngine({ sagas: [order] });
    await orchestrator.start('order', {}, { id: 'a' });
    await until('the command', () => participants.held.length === 1);
    participants.answer('reserve', failed);
    await reaches('a', 'running.reserve.backoff');
    expect([orchestrator.metrics().active, (await row('a')).owner]).toEqual([1, expect.any(String)]);
  });

  it('for a person costs no actor, and is claimed by nobody', async () => {
    const participants = new ScriptedParticipants({
      script: { one: [failed], undoOne: [{ type: 'refused', error: { code: 'no', message: 'no' } }] },
    });
    const quick = defineSaga('quick').step('one', { ...undone('one'), retry: { maximumAttempts: 1 } });
    const { orchestrator, row, pass } = await createEngine({
      sagas: [quick],
      participants,
      limits: { leaseTtl: 1e9 },
    });
    await orchestrator.start('quick', {}, { id: 'a' });
    await until(
      'it is parked',
      async () => (await row('a')).status === 'failed' && (await row('a')).owner === null,
    );
    await pass(86_400_000);
    expect([orchestrator.metrics().active, (await row('a')).dueAt, participants.sent.length]).toEqual([
      0,
      null,
      2,
    ]);
  });
});

describe('a definition that fails', () => {
  it('to make a command’s input is refused without sending anything', async () => {
    const broken = defineSaga('broken')
      .step('one', undone('one'))
      .step('two', {
        ...undone('two'),
        input: () => {
          throw new Error('no such field');
        },
      });
    const { orchestrator, participants, pass, reaches, sent } = await createEngine({ sagas: [broken] });
    await orchestrator.start('broken', {}, { id: 'a' });
    await until('the command', () => participants.held.length === 1);
    participants.answer('one', done);
    await reaches('a', 'running.two.executing');
    await pass(0);
    await reaches('a', 'compensating.one.executing');
    expect(sent()).toEqual(['one', 'undoOne']);
    expect((await orchestrator.get('a')).causedBy).toMatchObject({
      step: 'two',
      error: { code: 'input_threw', message: 'no such field' },
    });
  });

  it('to make an undo’s input is parked', async () => {
    const broken = defineSaga('broken').step('one', {
      ...undone('one'),
      compensation: {
        operation: 'shop.unone',
        input: () => {
          throw new Error('no such field');
        },
      },
    });
    const { orchestrator, pass, reaches } = await createEngine({
      sagas: [broken],
      participants: new ScriptedParticipants({
        script: { one: [{ type: 'lost', retryable: false, error: { code: 'x', message: 'x' } }] },
      }),
    });
    await orchestrator.start('broken', {}, { id: 'a' });
    await reaches('a', 'compensating.one.executing');
    await pass(0);
    await reaches('a', 'failed.undoOne');
  });

  it('to decide is parked with the reason, and other sagas go on', async () => {
    const broken = defineSaga<{ bad: boolean }>('broken')
      .step('one', undone('one'))
      .step('two', {
        ...undone('two'),
        when: ({ input }) => {
          if (input.bad) throw new Error('no such field');
          return true;
        },
      });
    const { orchestrator, reaches } = await createEngine({
      sagas: [broken],
      participants: new ScriptedParticipants(),
    });
    await orchestrator.start('broken', { bad: true }, { id: 'bad' });
    await orchestrator.start('broken', { bad: false }, { id: 'good' });
    await reaches('bad', 'failed.one');
    await reaches('good', 'completed');
    expect((await orchestrator.get('bad')).parked).toMatchObject({
      why: 'engine',
      error: { code: 'definition_threw', message: 'no such field' },
    });
  });
});

describe('a reply', () => {
  const schema = defineSaga('strict')
    .step('one', { ...undone('one'), reply: z.object({ id: z.string() }) })
    .step('two', undone('two'));

  it('that does not fit its schema is in doubt: it is not asked for again, but undone', async () => {
    const { orchestrator, reaches, sent } = await createEngine({
      sagas: [schema],
      participants: new ScriptedParticipants({ script: { one: [{ type: 'succeeded', result: { id: 7 } }] } }),
    });
    await orchestrator.start('strict', {}, { id: 'a' });
    await reaches('a', 'compensated');
    expect(sent()).toEqual(['one', 'undoOne']);
    expect((await orchestrator.get('a')).causedBy).toMatchObject({
      step: 'one',
      error: { code: 'invalid_reply', message: expect.stringContaining('/id') as string },
    });
  });

  it('is what its schema makes of it', async () => {
    const doubling = defineSaga('doubling').step('one', {
      ...undone('one'),
      reply: z.number().transform((n) => n * 2),
    });
    const { orchestrator } = await createEngine({
      sagas: [doubling],
      participants: new ScriptedParticipants({ script: { one: [{ type: 'succeeded', result: 21 }] } }),
    });
    await expect(orchestrator.execute('doubling', {})).resolves.toEqual({ one: 42 });
  });

  it('whose schema makes of it what no JSON holds is in doubt, too', async () => {
    const big = defineSaga('big').step('one', {
      ...undone('one'),
      reply: z.number().transform((n) => BigInt(n)),
    });
    const { orchestrator } = await createEngine({
      sagas: [big],
      participants: new ScriptedParticipants({ script: { one: [{ type: 'succeeded', result: 21 }] } }),
    });
    await expect(orchestrator.execute('big', {})).rejects.toMatchObject({
      status: 'compensated',
      failure: { code: 'invalid_reply' },
    });
  });

  it('that takes long to check is waited for, whatever else its saga hears meanwhile', async () => {
    let check = () => {};
    const checking = new Promise<void>((resolve) => (check = resolve));
    const slow = z.number().refine(() => checking.then(() => true));
    const both = defineSaga('both', { defaults: { timeout: '10s' } }).parallel('both', (group) =>
      group.step('slow', { ...undone('slow'), reply: slow }).step('quick', undone('quick')),
    );
    const { orchestrator, reaches, sent } = await createEngine({
      sagas: [both],
      participants: new ScriptedParticipants({ script: { slow: [done], quick: [done] } }),
    });
    await orchestrator.start('both', {}, { id: 'a' });
    await reaches('a', 'running.both.slow.executing | running.both.quick.done');
    check();
    await reaches('a', 'completed');
    expect(sent()).toEqual(['slow', 'quick']);
  });

  it('that the database refuses parks its saga, and the others of the same statement are written', async () => {
    const clock = new ManualClock();
    const memory = new MemoryStore({ clock });
    const commit = memory.commit.bind(memory);
    memory.commit = (txId, writes) => {
      if (writes.some(({ entry }) => entry.data.includes('poison')))
        return Promise.reject(new StorageRefusedError('22P05'));
      return commit(txId, writes);
    };
    const { orchestrator, participants, reaches } = await createEngine({
      sagas: [order],
      store: memory,
      clock,
    });
    for (const id of ['a', 'b', 'c']) await orchestrator.start('order', {}, { id });
    await until('the commands', () => participants.held.length === 3);
    for (const result of ['fine', 'poison', 'fine'])
      participants.answer('reserve', { type: 'succeeded', result });
    await reaches('b', 'failed.reserve');
    for (const id of ['a', 'c']) await reaches(id, 'running.charge.executing');
    expect((await orchestrator.get('b')).parked).toMatchObject({
      why: 'engine',
      error: { code: 'unstorable', message: expect.stringContaining('reserve.succeeded') as string },
    });
  });

  it('larger than may be read is in doubt: undone, not asked for again', async () => {
    const clock = new ManualClock();
    const transport = new InProcessTransport({ maxReplyBytes: 100 });
    const asked: string[] = [];
    const service = {
      participant: 'shop',
      version: '1.0.0',
      description: '',
      operations: ['reserve', 'unreserve', 'charge', 'uncharge'],
    };
    await transport.serve({
      ...service,
      handle: async ({ operation }) => {
        asked.push(operation);
        return { type: 'succeeded', result: operation === 'charge' ? 'x'.repeat(200) : 'ok' };
      },
    });
    const orchestrator = await createOrchestrator({
      store: new MemoryStore({ clock }),
      transport,
      sagas: [order],
      clock,
    });
    await expect(orchestrator.execute('order', {})).rejects.toMatchObject({
      status: 'compensated',
      failure: { code: 'oversize_reply' },
    });
    expect(asked).toEqual(['reserve', 'charge', 'uncharge', 'unreserve']);
  });
});
