import { expect, it } from 'vitest';
import { ConflictError, NotAllowedError } from '../../src/core/errors.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { until } from '../testing/turns.ts';
import { createCluster, done, failed, refused } from './scene.ts';

it.each([true, false])(
  'T05 dbos-transact-py#767: a cancel that races the last answer wins or is told so (cancel first: %s)',
  async (isFirst) => {
    const { node } = createCluster();
    const participants = new ScriptedParticipants({ script: { charge: ['held'] } });
    const one = await node({ participants });
    await one.orchestrator.start('order', {}, { id: 'a' });
    await until('the last command', () => participants.held.length === 1);
    if (!isFirst) participants.answer('charge', done);
    const cancel = one.orchestrator.cancel('a').then(
      () => 'accepted',
      (error: unknown) => (error instanceof NotAllowedError ? 'too late' : String(error)),
    );
    if (isFirst) participants.answer('charge', done);
    const answer = await cancel;
    const ends = { accepted: 'compensated', 'too late': 'completed' } as Readonly<Record<string, string>>;
    await one.reaches('a', ends[answer] ?? 'nowhere');
  },
);

it('T06 dbos-transact-py#703, T21 go-workflows#137: a closed saga stays closed, whatever comes late', async () => {
  const { node } = createCluster();
  const participants = new ScriptedParticipants({ script: { reserve: ['held'] } });
  const one = await node({ participants });
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the command', () => participants.held.length === 1);
  const late = participants.sent[0];
  participants.answer('reserve', refused);
  await one.reaches('a', 'compensated');
  const before = await one.row('a');
  for (const act of ['cancel', 'retry', 'compensate'] as const)
    await expect(one.orchestrator[act]('a')).rejects.toThrow(NotAllowedError);
  expect(() => participants.answer(late?.name ?? '', done)).toThrow(/nobody waits/);
  await one.pass(3_600_000);
  expect(await one.row('a')).toEqual(before);
});

it('T48 mastra#20443, T50 kibana#275988, T51 orchestrator-core#242: of two people who press retry, one sends the saga on', async () => {
  const { node } = createCluster();
  const script = { charge: [refused], undoReserve: [failed, failed, 'held'] } as const;
  const one = await node({ participants: new ScriptedParticipants({ script }) });
  const two = await node({ participants: new ScriptedParticipants({ script }) });
  await one.orchestrator.start('order', {}, { id: 'a' });
  await one.pass(10_000);
  await one.reaches('a', 'failed.undoReserve');
  const { version } = await one.row('a');
  const presses = [one, two, one, two].map(({ orchestrator }) =>
    orchestrator.retry('a', { ifVersion: version }),
  );
  const results = await Promise.allSettled(presses);
  expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1);
  for (const result of results)
    if (result.status === 'rejected')
      expect([ConflictError, NotAllowedError].some((type) => result.reason instanceof type)).toBe(true);
  const retries = (await one.orchestrator.history('a')).filter(({ type }) => type === 'retry');
  expect(retries.length).toBe(1);
});

it('T53 MassTransit#4947: an event that has no arrow now is refused, and the saga is as it was', async () => {
  const { node } = createCluster();
  const one = await node();
  await one.orchestrator.start('order', {}, { id: 'a' });
  await until('the command', () => one.participants.held.length === 1);
  const before = await one.row('a');
  await expect(one.orchestrator.retry('a')).rejects.toThrow(NotAllowedError);
  expect(await one.row('a')).toEqual(before);
  one.participants.answer('reserve', done);
  await one.reaches('a', 'running.charge.executing');
});
