import { expect, it, onTestFinished } from 'vitest';
import { type AnySagaDefinition, defineSaga } from '../../src/core/definition.ts';
import { createApp } from '../../src/http/app.ts';
import type { Limits } from '../../src/runtime/orchestrator-options.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createEngine } from './engine.ts';

const order = defineSaga('order')
  .step('reserve', { action: 'shop.reserve', compensation: 'shop.release' })
  .step('charge', { action: 'bank.charge', compensation: 'bank.refund' });
const refused = { type: 'refused', error: { code: 'no_money', message: 'no' } } as const;
const done = { type: 'succeeded', result: 1 } as const;

it('does not let a flood of starts delay compensations', async () => {
  const { orchestrator, participants, sent } = await createBusyEngine({ maxInFlight: 8 });
  await orchestrator.start('order', {}, { id: 'turning' });
  await until('its command', () => sent().length === 1);
  participants.answer('reserve', done);
  await until('its second command', () => sent().length === 2);
  await Promise.all(
    Array.from({ length: 200 }, (_, n) => orchestrator.start('order', {}, { id: `flood-${n}` })),
  );
  // As many actions as may be under way are, and all others wait.
  await until('the flood', () => participants.held.length === 7);
  expect(orchestrator.metrics().waitingCommands).toBe(194);
  participants.answer('charge', refused);
  await until('the undo, past all that waits', () => sent().at(-1) === 'undoReserve');
  participants.answer('undoReserve', done);
  expect(await orchestrator.settled('turning', { timeout: 1 })).toMatchObject({ status: 'compensated' });
  expect(participants.held.every(({ name }) => name === 'reserve')).toBe(true);
});

it.each([
  [0, 8],
  [25, 6],
  [50, 4],
  [90, 1],
])(
  'keeps %i percent of what may be under way for undos: of 8, %i may be actions',
  async (reservedPercent, expected) => {
    const { orchestrator, participants } = await createBusyEngine({ maxInFlight: 8, reservedPercent });
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => orchestrator.start('order', {}, { id: `s-${n}` })),
    );
    await until('the commands', () => orchestrator.metrics().waitingCommands === 12 - expected);
    expect(participants.held).toHaveLength(expected);
  },
);

it('refuses sagas that would begin with a participant for whom too much waits, and only those', async () => {
  const other = defineSaga('other').step('ping', { action: 'else.ping', kind: 'readonly' });
  const { orchestrator } = await createBusyEngine({ maxInFlight: 4, reservedPercent: 50, maxWaiting: 3 }, [
    other,
  ]);
  for (const id of ['a', 'b', 'c', 'd', 'e']) await orchestrator.start('order', {}, { id });
  await expect(orchestrator.start('order', {}, { id: 'f' })).rejects.toMatchObject({
    code: 'overloaded',
    message: expect.stringContaining("'shop'") as string,
  });
  await orchestrator.start('other', {}, { id: 'g' });
  expect(await orchestrator.get('g')).toMatchObject({ status: 'running' });
  await expect(orchestrator.get('f')).rejects.toMatchObject({ code: 'not_found' });
});

it('takes no more starts at once than it may, and takes them again when those are through', async () => {
  const { orchestrator } = await createBusyEngine({ maxStarting: 2 });
  const ended = await Promise.allSettled(
    ['a', 'b', 'c'].map((id) => orchestrator.start('order', {}, { id })),
  );
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  await orchestrator.start('order', {}, { id: 'c' });
});

it('answers 429 with Retry-After when it is overloaded, and 503 when it is closing', async () => {
  const { orchestrator } = await createBusyEngine({ maxInFlight: 2, maxWaiting: 1 });
  const app = createApp({ orchestrator });
  const start = () =>
    app.request('/v1/sagas', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'order', input: {} }),
    });
  expect([(await start()).status, (await start()).status]).toEqual([201, 201]);
  const refusal = await start();
  expect([refusal.status, refusal.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await refusal.json()).toMatchObject({ code: 'overloaded' });
  const closing = orchestrator.close();
  const late = await start();
  expect([late.status, late.headers.get('retry-after')]).toEqual([503, '1']);
  await closing;
});

async function createBusyEngine(limits: Partial<Limits>, others: readonly AnySagaDefinition[] = []) {
  const engine = await createEngine({
    sagas: [order, ...others],
    participants: new ScriptedParticipants({ others: 'held' }),
    limits,
  });
  onTestFinished(() => engine.orchestrator.close());
  return engine;
}
