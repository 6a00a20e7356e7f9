import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createCluster, done, failed, undone } from './scene.ts';

it('T10 dbos-transact-py#346: a deadline stays where it was when another node takes the saga over', async () => {
  const late = defineSaga('late', { timeout: '1m', defaults: { timeout: '10m' } }).step(
    'reserve',
    undone('reserve'),
  );
  const { node, clock } = createCluster();
  const one = await node({ sagas: [late] });
  const startedAt = clock.now();
  await one.orchestrator.start('late', {}, { id: 'a' });
  one.kill();
  const two = await node({ sagas: [late] });
  await two.pass(50_000);
  expect([two.sent(), (await two.row('a')).status]).toEqual([['reserve'], 'running']);
  await two.pass(11_000);
  const { cause, deadlineAt } = await two.row('a');
  expect([cause, (deadlineAt ?? 0) - startedAt]).toEqual(['timedOut', 60_000]);
});

it('T12 temporal#11869, T41 conductor-oss#209: a saga that waits has its alarm in its row, at the time of its next timer', async () => {
  const slow = defineSaga('slow', { timeout: '1d' }).step('reserve', {
    ...undone('reserve'),
    retry: { initialInterval: '10m', backoffCoefficient: 1, maximumInterval: '10m' },
  });
  const { node, clock } = createCluster();
  const one = await node({ sagas: [slow] });
  await one.orchestrator.start('slow', {}, { id: 'a' });
  await until('the command', () => one.participants.held.length === 1);
  one.participants.answer('reserve', failed);
  await one.reaches('a', 'running.reserve.backoff');
  const { owner, dueAt } = await one.row('a');
  expect(owner).toBeNull();
  expect(dueAt).toBeGreaterThan(clock.now());
  expect(dueAt).toBeLessThanOrEqual(clock.now() + 600_000);
});

it('T13 temporal#771: a timeout that was running when its node died rings on the node that takes over', async () => {
  const { node } = createCluster();
  const one = await node();
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the command', () => one.participants.held.length === 1);
  one.kill();
  const two = await node();
  await two.pass(12_000);
  expect(two.sent()).toEqual(['reserve']);
  await two.pass(35_000);
  expect((await two.orchestrator.history('a')).map(({ type }) => type)[1]).toMatch(/reserve\.timeout/);
});

it('T24 restate#427: of 1,000 timers 1,000 ring', { timeout: 60_000 }, async () => {
  const { node } = createCluster();
  const participants = new ScriptedParticipants({ script: { reserve: [failed, done] } });
  const one = await node({ participants });
  const ids = Array.from({ length: 1_000 }, (_, index) => `s${index}`);
  await Promise.all(ids.map((id) => one.orchestrator.start('order', {}, { id })));
  await one.pass(5_000);
  await until('all to complete', async () => (await one.orchestrator.counts()).completed === 1_000);
});

it('T59 xstate#5331: a delayed arrow of a restored saga still fires', async () => {
  const { node } = createCluster();
  const one = await node();
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the command', () => one.participants.held.length === 1);
  one.participants.answer('reserve', failed);
  await one.reaches('a', 'running.reserve.backoff');
  one.kill();
  const two = await node();
  await two.pass(15_000);
  expect(two.participants.sent.map(({ request }) => request.attempt)).toEqual([2]);
});
