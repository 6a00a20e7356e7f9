import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createCluster, order, undone } from './scene.ts';

const changed = defineSaga('order', { timeout: '1h' }).step('other', undone('other'));
const next = defineSaga('order', { version: 2 }).step('other', undone('other'));

it('T11 dbos-transact-golang#174: a saga that no living node can run is left alone, and an action on it says why', async () => {
  const { node } = createCluster();
  const one = await node();
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the command', () => one.participants.held.length === 1);
  one.kill();
  const two = await node({ sagas: [next] });
  await two.pass(60_000);
  expect([two.sent(), (await two.row('a')).version]).toEqual([[], 1]);
  await expect(two.orchestrator.cancel('a')).rejects.toThrow(/no definition 'order' version 1/);
});

it('T23 application-sdk PR#1526: a changed structure under the version of a saga in flight is refused, with the difference', async () => {
  const { node } = createCluster();
  const one = await node();
  await one.orchestrator.start('order', {}, { id: 'a' });
  one.kill();
  await expect(node({ sagas: [changed] })).rejects.toThrow(
    /'order' version 1 .*step 'other' is added; step 'reserve' is removed.*Raise its version/,
  );
});

it('T23 temporal#11426: sagas in flight stay on the version they began with when a node knows both', async () => {
  const { node } = createCluster();
  const one = await node();
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the command', () => one.participants.held.length === 1);
  one.kill();
  const two = await node({ sagas: [order, next], participants: new ScriptedParticipants() });
  await two.orchestrator.start('order', {}, { id: 'b' });
  await two.pass(12_000);
  await two.reaches('a', 'completed');
  await two.reaches('b', 'completed');
  expect(two.sent().toSorted()).toEqual(['charge', 'other', 'reserve']);
});
