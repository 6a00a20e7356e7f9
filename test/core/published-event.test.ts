import { describe, expect, it } from 'vitest';
import { withoutPayload } from '../../src/core/cloud-event.ts';
import { defineSaga } from '../../src/core/definition.ts';
import type { EventMessage } from '../../src/core/event-publisher.ts';
import { toPublishedEvents } from '../../src/core/published-event.ts';
import type { SagaTrace } from '../../src/core/saga-trace.ts';
import type { SagaPlan } from '../../src/core/steps.ts';
import type { JournalEntry, SagaStatus } from '../../src/core/store.ts';
import { type Cue, goOn, play, type Played, toEvent } from './play.ts';

const order = defineSaga('order', { timeout: '1h' })
  .step('reserve', {
    action: 'inventory.reserve',
    compensation: { operation: 'inventory.release', retry: { maximumAttempts: 2 } },
    retry: { maximumAttempts: 2 },
  })
  .step('check', { action: 'fraud.check', kind: 'readonly', when: () => false })
  .step('charge', { action: 'payment.charge', compensation: 'payment.refund' })
  .step('ship', { action: 'shipping.ship', kind: 'retriable', retry: { maximumAttempts: 1 } });

/** Everything that is published of a saga that goes so; a line each second. */
function publish(
  cues: readonly Cue[],
  options: { readonly plan?: SagaPlan | undefined; readonly attributes?: Record<string, string> } = {
    plan: order.plan,
  },
): readonly EventMessage[] {
  let played: Played = play(order);
  let trace: SagaTrace | undefined;
  const tell = (event: { readonly type: string }): readonly EventMessage[] => {
    const { type, ...data } = event;
    const seq = (trace?.seq ?? 0) + 1;
    const entry: JournalEntry = {
      tenant: 'acme',
      id: 's1',
      seq,
      type,
      data: JSON.stringify(data),
      status: played.status as SagaStatus,
      state: played.state,
      at: 1_000_000 + seq * 1_000,
      txId: `tx${seq}`,
      position: 100 + seq,
      definition: { name: 'order', version: 1, hash: 'h' },
      attributes: options.attributes ?? {},
      cause: null,
    };
    const told = toPublishedEvents(entry, trace, { source: '/here', plan: options.plan });
    trace = told.trace;
    return told.messages;
  };
  const start = { type: 'start', input: { sku: 7 } };
  const first = tell(start);
  return [
    ...first,
    ...cues.flatMap((cue) => {
      const event = toEvent(played.logic, played.snapshot, cue);
      played = goOn(played, cue);
      return tell(event);
    }),
  ];
}

const namesOf = (messages: readonly EventMessage[]) =>
  messages
    .map(({ event }) => event.data)
    .filter(({ type }) => type !== 'saga.state.changed')
    .map(({ type, step, attempt }) => [type, step, attempt].filter((part) => part !== undefined).join(' '));

const dataOf = (messages: readonly EventMessage[], type: string) =>
  messages.find(({ event }) => event.data.type === type)?.event.data;

describe('the published events of a saga', () => {
  it('tell of one that completes', () => {
    const messages = publish(['reserve.succeeded', 'charge.succeeded', 'ship.succeeded']);
    expect(namesOf(messages)).toEqual([
      'saga.started',
      'saga.step.started reserve 1',
      'saga.step.completed reserve 1',
      'saga.step.skipped check',
      'saga.step.started charge 1',
      'saga.step.completed charge 1',
      'saga.step.started ship 1',
      'saga.step.completed ship 1',
      'saga.completed',
    ]);
  });

  it('tell of one that retries, turns back, and is undone', () => {
    const messages = publish([
      'reserve.failed',
      'reserve.backoff',
      'reserve.succeeded',
      'charge.refused',
      'undoReserve.timeout',
      'undoReserve.backoff',
      'undoReserve.succeeded',
    ]);
    expect(namesOf(messages)).toEqual([
      'saga.started',
      'saga.step.started reserve 1',
      'retry.attempted reserve 2',
      'saga.step.completed reserve 2',
      'saga.step.skipped check',
      'saga.step.started charge 1',
      'saga.step.failed charge 1',
      'compensation.started',
      'compensation.step.started reserve 1',
      'retry.attempted reserve 2',
      'compensation.step.completed reserve 2',
      'compensation.completed',
      'saga.compensated',
    ]);
    const cause = { type: 'stepFailed', step: 'charge', error: { code: 'refused' } };
    expect(dataOf(messages, 'saga.compensated')).toMatchObject({ cause, duration: 7_000 });
    expect(dataOf(messages, 'compensation.completed')).toMatchObject({ cause, duration: 3_000 });
  });

  it('tell of a cancel, and who asked for it', () => {
    const messages = publish([
      'reserve.succeeded',
      { type: 'cancel', actor: 'ann', reason: 'changed my mind' },
      'charge.refused',
    ]);
    expect(namesOf(messages).slice(5)).toEqual([
      'saga.cancelled',
      'compensation.started',
      'saga.step.failed charge 1',
      'compensation.step.started reserve 1',
    ]);
    expect(dataOf(messages, 'saga.cancelled')).toMatchObject({
      actor: 'ann',
      reason: 'changed my mind',
      status: 'compensating',
    });
    expect(dataOf(messages, 'compensation.started')).toMatchObject({ cause: { type: 'cancelled' } });
  });

  it('tell of a deadline', () => {
    expect(namesOf(publish(['deadline'])).slice(2)).toEqual(['saga.timed_out', 'compensation.started']);
  });

  it('send a dead letter when a compensation is given up', () => {
    const messages = publish([
      'reserve.succeeded',
      'charge.refused',
      'undoReserve.lost',
      'undoReserve.backoff',
      'undoReserve.lost',
    ]);
    expect(namesOf(messages).slice(-5)).toEqual([
      'retry.exhausted reserve 2',
      'compensation.step.failed reserve 2',
      'compensation.failed reserve 2',
      'saga.failed reserve 2',
      'command.given_up reserve 2',
    ]);
    const letter = messages.at(-1);
    expect(letter?.topic).toBe('dead.inventory.release');
    expect(letter?.event.data).toMatchObject({
      command: 'undoReserve',
      op: 'undo',
      why: 'exhausted',
      attempt: 2,
      maximumAttempts: 2,
      error: { code: 'lost' },
      cause: { step: 'charge' },
    });
  });

  it('send a dead letter when a step behind the point of no return is given up, and tell how a person resolves it', () => {
    const messages = publish([
      'reserve.succeeded',
      'charge.succeeded',
      'ship.failed',
      { type: 'resolve as succeeded', actor: 'ann', result: 5 },
    ]);
    const index = messages.findIndex(({ topic }) => topic === 'dead.shipping.ship');
    expect(namesOf(messages.slice(0, index + 1)).slice(-4)).toEqual([
      'retry.exhausted ship 1',
      'saga.step.failed ship 1',
      'saga.failed ship 1',
      'command.given_up ship 1',
    ]);
    expect(namesOf(messages.slice(index + 1))).toEqual(['saga.step.completed ship 1', 'saga.completed']);
    expect(messages.at(-1)?.event.data).toMatchObject({ actor: 'ann', result: 5 });
  });

  it('tell of a saga that a person skips over or abandons', () => {
    const parked = ['reserve.succeeded', 'charge.succeeded', 'ship.refused'];
    expect(namesOf(publish([...parked, 'skip'])).slice(-2)).toEqual([
      'saga.step.skipped ship 1',
      'saga.completed',
    ]);
    expect(namesOf(publish([...parked, 'resolve as abandoned'])).at(-1)).toBe('saga.abandoned');
    expect(namesOf(publish([...parked, 'retry'])).at(-1)).toBe('retry.attempted ship 2');
  });

  it('are CloudEvents with an id for each, the same every time', () => {
    const cues = ['reserve.succeeded', 'charge.refused', 'undoReserve.succeeded'];
    const messages = publish(cues);
    const ids = messages.map(({ event }) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.slice(0, 3)).toEqual(['s1:1:tx1:0', 's1:1:tx1:1', 's1:2:tx2:0']);
    expect(publish(cues)).toEqual(messages);
    expect(messages[0]).toEqual({
      topic: 'events.order.saga.started',
      key: 'acme:s1',
      event: {
        specversion: '1.0',
        id: 's1:1:tx1:0',
        source: '/here',
        type: 'io.sagachart.saga.started.v1',
        subject: 's1',
        time: '1970-01-01T00:16:41.000Z',
        datacontenttype: 'application/json',
        data: {
          schemaVersion: 1,
          type: 'saga.started',
          tenant: 'acme',
          sagaId: 's1',
          saga: 'order',
          definitionVersion: 1,
          correlationId: 's1',
          seq: 1,
          index: 0,
          position: 101,
          status: 'running',
          previousState: null,
          state: 'running.reserve.executing',
          trigger: 'start',
          input: { sku: 7 },
        },
      },
    });
  });

  it('carry the state before and after, the error, and how long it took', () => {
    const messages = publish(['reserve.failed', 'reserve.backoff', 'reserve.succeeded']);
    const changed = messages
      .filter(({ event }) => event.data.type === 'saga.state.changed')
      .map(({ event }) => event.data);
    expect(changed.map(({ previousState, state }) => [previousState, state])).toEqual([
      ['running.reserve.executing', 'running.reserve.backoff'],
      ['running.reserve.backoff', 'running.reserve.executing'],
      ['running.reserve.executing', 'running.charge.executing'],
    ]);
    expect(changed[0]?.error).toMatchObject({ code: 'failed' });
    expect(dataOf(messages, 'saga.step.completed')).toMatchObject({
      step: 'reserve',
      command: 'reserve',
      participant: 'inventory',
      operation: 'reserve',
      attempt: 2,
      maximumAttempts: 2,
      duration: 3_000,
      result: { of: 'reserve' },
    });
  });

  it('carry the correlation id that the saga was given', () => {
    const [first] = publish([], { plan: order.plan, attributes: { correlationId: 'c7', orderId: '7' } });
    expect(first?.event.data).toMatchObject({
      correlationId: 'c7',
      attributes: { correlationId: 'c7', orderId: '7' },
    });
  });

  it('name no id in their topics', () => {
    const topics = publish(['reserve.succeeded', 'charge.refused', 'undoReserve.refused']).map(
      ({ topic }) => topic,
    );
    expect(topics.filter((topic) => /s1|acme/.test(topic))).toEqual([]);
    expect(topics.filter((topic) => topic.startsWith('dead.'))).toEqual(['dead.inventory.release']);
  });

  it('are told without the definition, too, but for operations and skipped steps', () => {
    const cues = ['reserve.succeeded', 'charge.refused', 'undoReserve.refused'];
    const known = namesOf(publish(cues)).filter((name) => name !== 'saga.step.skipped check');
    const messages = publish(cues, { plan: undefined });
    expect(namesOf(messages)).toEqual(known);
    expect(messages.at(-1)?.topic).toBe('dead.unknown.undoReserve');
  });

  it('say what was left out of one that is too large', () => {
    const [first] = publish([]);
    const small = first && withoutPayload(first.event);
    expect(small?.data).not.toHaveProperty('input');
    expect(small?.data).toMatchObject({ type: 'saga.started', omitted: ['input'], seq: 1 });
  });

  it('tell of an upgrade: from which version to which, by whom, and nothing of what the saga is about', () => {
    const ref = (version: number) => ({ name: 'order', version, hash: `h${version}` });
    const snapshot = { context: { input: 'a secret' } };
    const line = { from: ref(1), to: ref(2), before: snapshot, snapshot, actor: 'kim', reason: 'mails' };
    const entry: JournalEntry = {
      tenant: 'acme',
      id: 's1',
      seq: 2,
      type: 'migrated',
      data: JSON.stringify(line),
      status: 'running',
      state: 'running.reserve.executing',
      at: 1_000_000,
      txId: 'tx',
      position: 7,
      definition: ref(2),
      attributes: {},
      cause: null,
    };
    const begun = toPublishedEvents({ ...entry, seq: 1, type: 'start', data: '{}' }, undefined, {
      source: '/here',
      plan: order.plan,
    });
    const { messages } = toPublishedEvents(entry, begun.trace, { source: '/here', plan: order.plan });
    expect(messages.map(({ event }) => event.data)).toMatchObject([
      {
        type: 'saga.migrated',
        fromVersion: 1,
        toVersion: 2,
        actor: 'kim',
        reason: 'mails',
        trigger: 'migrated',
      },
    ]);
    expect(JSON.stringify(messages)).not.toContain('a secret');
  });
});
