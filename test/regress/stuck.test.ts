import { expect, it } from 'vitest';
import { type AnySagaDefinition, defineSaga } from '../../src/core/definition.ts';
import { StorageUnavailableError } from '../../src/core/errors.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { createEngine } from '../runtime/engine.ts';
import { until } from '../testing/turns.ts';
import { createCluster, cuttable, undone, withMethod } from './scene.ts';

it('T19 sdk-php#625: a saga whose node is gone is cancelled at once from another node', async () => {
  const { node } = createCluster();
  const one = await node();
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the command', () => one.participants.held.length === 1);
  one.kill();
  const two = await node({ participants: new ScriptedParticipants() });
  await two.orchestrator.cancel('a');
  await two.reaches('a', 'compensated');
});

it('T25 restate#2655: commands that waited for the network are sent when it is back', async () => {
  const participants = new ScriptedParticipants();
  const transport = cuttable(participants);
  transport.isUp = false;
  const one = await createEngine({ sagas: [orderOf(1)], transport, participants });
  await one.orchestrator.start('long', {}, { id: 'a' });
  await one.pass(30_000);
  expect(participants.sent).toEqual([]);
  transport.isUp = true;
  await one.pass(500);
  await one.reaches('a', 'completed');
  expect(participants.sent.map(({ request }) => request.attempt)).toEqual([1]);
});

it('T43 conductor#3491, T57 eventuate-tram-sagas#71: the last answer closes the saga in its row', async () => {
  const { node } = createCluster();
  const one = await node({ participants: new ScriptedParticipants() });
  await one.orchestrator.start('order', {}, { id: 'a' });
  await one.reaches('a', 'completed');
  const { status, closedAt, owner, dueAt } = await one.row('a');
  expect([status, closedAt, owner, dueAt]).toEqual(['completed', expect.any(Number), null, null]);
});

it('T44 conductor#2515: a saga of 600 steps runs to its end', { timeout: 120_000 }, async () => {
  const one = await createEngine({ sagas: [orderOf(600)], participants: new ScriptedParticipants() });
  await one.orchestrator.start('long', {}, { id: 'a' });
  await until('the end', async () => (await one.orchestrator.get('a')).status === 'completed');
  expect((await one.row('a')).version).toBe(601);
});

it('T55 eventuate-tram-sagas#40: a dead node’s saga goes on without anything else happening', async () => {
  const { node } = createCluster();
  const one = await node();
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the command', () => one.participants.held.length === 1);
  one.kill();
  const two = await node({ participants: new ScriptedParticipants() });
  await two.pass(12_000);
  await two.reaches('a', 'completed');
});

it('T60 graphile-worker#449, pg-boss#250: looking for work goes on after the database was gone', async () => {
  const clock = new ManualClock();
  const memory = new MemoryStore({ clock });
  let isDown = false;
  const store = withMethod(memory, 'claim', (options) =>
    isDown ? Promise.reject(new StorageUnavailableError('gone')) : memory.claim(options),
  );
  const full = await createEngine({ sagas: [orderOf(1)], store: memory, clock, limits: { maxActors: 0 } });
  const one = await createEngine({
    sagas: [orderOf(1)],
    store,
    clock,
    participants: new ScriptedParticipants(),
  });
  isDown = true;
  await full.orchestrator.start('long', {}, { id: 'a' });
  await one.pass(10_000);
  expect(one.sent()).toEqual([]);
  isDown = false;
  await one.pass(12_000);
  await one.reaches('a', 'completed');
});

/** A saga of that many steps. */
function orderOf(steps: number): AnySagaDefinition {
  let long = defineSaga('long') as unknown as {
    step(name: string, options: object): typeof long;
  };
  for (let index = 0; index < steps; index += 1) long = long.step(`s${index}`, undone('do'));
  return long as unknown as AnySagaDefinition;
}
