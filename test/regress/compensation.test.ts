import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createCluster, done, failed, refused, undone } from './scene.ts';

it('T17 sdk-java#305, T18 temporalex#77: a cancel undoes what is done, and what is under way', async () => {
  const { node } = createCluster();
  const participants = new ScriptedParticipants({ script: { charge: ['held'] } });
  const one = await node({ participants });
  await one.orchestrator.start('order', {}, { id: 'a' });
  await one.reaches('a', 'running.charge.executing');
  await one.orchestrator.cancel('a');
  await until('the answer to be awaited', () => participants.held.length === 1);
  participants.answer('charge', done);
  await one.reaches('a', 'compensated');
  expect(one.sent()).toEqual(['reserve', 'charge', 'undoCharge', 'undoReserve']);
});

it('T28 incubator-seata#5077: an undo is tried as often as its policy says, then the saga is parked', async () => {
  const { node } = createCluster();
  const one = await node({
    participants: new ScriptedParticipants({ script: { charge: [refused], undoReserve: [failed] } }),
  });
  await one.orchestrator.start('order', {}, { id: 'a' });
  await one.pass(10_000);
  await one.reaches('a', 'failed.undoReserve');
  await one.pass(600_000);
  expect(one.sent()).toEqual(['reserve', 'charge', 'undoReserve', 'undoReserve']);
});

it('T29 incubator-seata#5173: a node that dies in the middle of an undo leaves a saga that others undo to the end', async () => {
  const { node } = createCluster();
  const participants = new ScriptedParticipants({ script: { charge: [refused], undoReserve: ['held'] } });
  const one = await node({ participants });
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the undo', () => participants.held.length === 1);
  one.kill();
  const two = await node({ participants: new ScriptedParticipants() });
  await two.pass(12_000);
  await two.reaches('a', 'compensated');
  expect([two.sent(), (await two.row('a')).closedAt]).toEqual([['undoReserve'], expect.any(Number)]);
});

it('T31 incubator-seata#3284: a step that failed without certainty is undone, not reported as if it never was', async () => {
  const { node } = createCluster();
  const one = await node({ participants: new ScriptedParticipants({ script: { charge: [failed] } }) });
  await one.orchestrator.start('order', {}, { id: 'a' });
  await one.pass(10_000);
  await one.reaches('a', 'compensated');
  expect(one.sent()).toEqual(['reserve', 'charge', 'charge', 'undoCharge', 'undoReserve']);
});

it('T32 incubator-seata#6374: a participant whose refusals may leave effects is undone even after one', async () => {
  const partial = defineSaga('partial').step('reserve', { ...undone('reserve'), undo: 'always' });
  const { node } = createCluster();
  const one = await node({
    sagas: [partial],
    participants: new ScriptedParticipants({ script: { reserve: [refused] } }),
  });
  await one.orchestrator.start('partial', {}, { id: 'a' });
  await one.reaches('a', 'compensated');
  expect(one.sent()).toEqual(['reserve', 'undoReserve']);
});

it('T47 camunda#14920: undos run one after the other, the last step first', async () => {
  const three = defineSaga('three')
    .step('one', undone('one'))
    .step('two', undone('two'))
    .step('three', undone('three'))
    .step('four', undone('four'));
  const { node } = createCluster();
  const script = { undoThree: ['held'], four: [refused] } as const;
  const participants = new ScriptedParticipants({ script });
  const one = await node({ sagas: [three], participants });
  await one.orchestrator.start('three', {}, { id: 'a' });
  await until('the first undo', () => participants.held.length === 1);
  await one.pass(1_000);
  expect(one.sent().slice(4)).toEqual(['undoThree']);
  participants.answer('undoThree', done);
  await one.reaches('a', 'compensated');
  expect(one.sent().slice(4)).toEqual(['undoThree', 'undoTwo', 'undoOne']);
});

it('T56 eventuate-tram-sagas-examples#46: a refused undo parks the saga with its reason, and a person brings it to its end', async () => {
  const { node } = createCluster();
  const script = { charge: [refused], undoReserve: [refused, done] };
  const one = await node({ participants: new ScriptedParticipants({ script }) });
  await one.orchestrator.start('order', {}, { id: 'a' });
  await one.reaches('a', 'failed.undoReserve');
  expect((await one.orchestrator.get('a')).parked).toMatchObject({ command: 'undoReserve', why: 'refused' });
  await one.orchestrator.retry('a');
  await one.reaches('a', 'compensated');
});
