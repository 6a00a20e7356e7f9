import { expect, it } from 'vitest';
import { NotAllowedError } from '../../src/core/errors.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createCluster, done, failed, refused } from './scene.ts';

it('T01 dbos-transact-java#491: sagas that are started while another node boots and looks for work are driven once each', async () => {
  const { node } = createCluster();
  const one = await node();
  const ids = Array.from({ length: 1_000 }, (_, index) => `s${index}`);
  const booting = [node(), node()];
  await Promise.all(ids.map((id) => one.orchestrator.start('order', {}, { id })));
  const others = await Promise.all(booting);
  await one.pass(1_000);
  expect(one.sent().length).toBe(1_000);
  expect(others.flatMap((other) => other.sent())).toEqual([]);
});

it('T03 dbos-transact-ts#1205: of two nodes that find one dead node’s saga, one goes on with it', async () => {
  const { node } = createCluster();
  const one = await node();
  const [two, three] = [await node(), await node()];
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the command', () => one.sent().length === 1);
  one.kill();
  await two.pass(12_000);
  expect([...two.sent(), ...three.sent()]).toEqual(['reserve']);
  expect((await two.row('a')).epoch).toBe(2);
});

it('T20 cadence#4210: a start that is repeated after the saga is closed answers the closed saga', async () => {
  const { node } = createCluster();
  const one = await node({ participants: new ScriptedParticipants() });
  const start = () => one.orchestrator.start('order', {}, { idempotencyKey: 'k' });
  const { saga } = await start();
  await one.reaches(saga.id, 'completed');
  const again = await start();
  expect([again.isReplayed, again.saga.id, again.saga.status]).toEqual([true, saga.id, 'completed']);
  expect(one.sent()).toEqual(['reserve', 'charge']);
});

it('T27 restate#538: one backoff leads to one attempt, whichever nodes come and go meanwhile', async () => {
  const { node } = createCluster();
  const one = await node();
  const two = await node();
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the command', () => one.participants.held.length === 1);
  one.participants.answer('reserve', failed);
  await one.reaches('a', 'running.reserve.backoff');
  one.kill();
  await two.pass(20_000);
  expect(two.participants.sent.map(({ request }) => request.attempt)).toEqual([2]);
});

it('T49 kestra#18909: a retry goes on where the saga was parked, and every step runs once', async () => {
  const { node } = createCluster();
  const script = { charge: [refused], undoReserve: [failed, failed, done] };
  const one = await node({ participants: new ScriptedParticipants({ script }) });
  await one.orchestrator.start('order', {}, { id: 'a' });
  await one.pass(60_000);
  await one.reaches('a', 'failed.undoReserve');
  await one.orchestrator.retry('a');
  await one.reaches('a', 'compensated');
  expect(one.sent()).toEqual(['reserve', 'charge', 'undoReserve', 'undoReserve', 'undoReserve']);
  await expect(one.orchestrator.retry('a')).rejects.toThrow(NotAllowedError);
});
