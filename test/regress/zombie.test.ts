import { expect, it } from 'vitest';
import { StorageUnavailableError } from '../../src/core/errors.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createCluster, done, withMethod } from './scene.ts';

it('T02 dbos-transact-py#742, T63 redpanda#31110: a node that was not told what it took over does not drive it, and it is found again', async () => {
  const { node, store } = createCluster();
  const full = await node({ limits: { maxActors: 0 } });
  await full.orchestrator.start('order', {}, { id: 'a' });
  let lost = 0;
  const forgetful = withMethod(store, 'claim', async (options) => {
    const claimed = await store.claim(options);
    if (claimed.length === 0 || lost > 0) return claimed;
    lost += 1;
    throw new StorageUnavailableError('the answer was lost');
  });
  const one = await node({ store: forgetful });
  await until('the claim', () => lost === 1);
  await one.pass(5_000);
  expect(one.sent()).toEqual([]);
  await one.pass(20_000);
  expect([one.sent(), (await one.row('a')).epoch]).toEqual([['reserve'], 3]);
});

it('T07 dbos-transact-py#801, T14 temporal#5176: a node that lost its saga writes nothing of it any more', async () => {
  const { node, store } = createCluster();
  let isMute = false;
  const mute = withMethod(store, 'renewLease', (name, ttl) =>
    isMute ? Promise.reject(new StorageUnavailableError('cut off')) : store.renewLease(name, ttl),
  );
  const one = await node({ store: mute });
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the command', () => one.participants.held.length === 1);
  isMute = true;
  const two = await node();
  await two.pass(12_000);
  expect(two.sent()).toEqual(['reserve']);
  const before = await two.row('a');
  one.participants.answer('reserve', done);
  await until('it to let go', () => one.orchestrator.metrics().active === 0);
  expect(await two.row('a')).toEqual(before);
});

it('T62 aegra#547: every process has a name of its own, and each takeover raises the epoch of the row', async () => {
  const { node } = createCluster();
  const owners: (string | null)[] = [];
  const epochs: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const one = await node({ participants: new ScriptedParticipants({ others: 'held' }) });
    if (round === 0) await one.orchestrator.start('order', {}, { id: 'a' });
    else await one.pass(12_000);
    const { owner, epoch } = await one.row('a');
    owners.push(owner);
    epochs.push(epoch);
    one.kill();
  }
  expect([new Set(owners).size, epochs]).toEqual([3, [1, 2, 3]]);
});
