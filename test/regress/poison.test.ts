import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createCluster, order, undone, withMethod } from './scene.ts';

it('T08 dbos-transact-py#158, T09 dbos-transact-java#461: a saga that cannot be read does not keep others from being recovered', async () => {
  const { node, store } = createCluster();
  const one = await node();
  for (const id of ['a', 'bad', 'c']) await one.orchestrator.start('order', {}, { id });
  await until('the commands', () => one.participants.held.length === 3);
  one.kill();
  const broken = withMethod(store, 'claim', async (options) =>
    (await store.claim(options)).map((row) =>
      row.id === 'bad' ? { ...row, snapshot: '{"nonsense":1' } : row,
    ),
  );
  const two = await node({ store: broken, participants: new ScriptedParticipants() });
  await two.pass(12_000);
  await two.reaches('a', 'completed');
  await two.reaches('c', 'completed');
  expect((await two.row('bad')).status).toBe('running');
});

it('T52 MassTransit#702: a definition that throws parks its saga with the reason', async () => {
  const bad = defineSaga('bad')
    .step('reserve', undone('reserve'))
    .step('charge', {
      ...undone('charge'),
      when: () => {
        throw new Error('a bug of the author');
      },
    });
  const { node } = createCluster();
  const one = await node({ sagas: [bad, order], participants: new ScriptedParticipants() });
  await one.orchestrator.start('bad', {}, { id: 'a' });
  await one.orchestrator.start('order', {}, { id: 'b' });
  await one.reaches('b', 'completed');
  await until('it to be parked', async () => (await one.row('a')).status === 'failed');
  expect((await one.orchestrator.get('a')).parked?.error?.message).toMatch(/a bug of the author/);
});
