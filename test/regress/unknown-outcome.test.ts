import { expect, it } from 'vitest';
import { StorageUnavailableError } from '../../src/core/errors.ts';
import { MemoryBarrier } from '../../src/memory/barrier.ts';
import { serveParticipant } from '../../src/participant/serve.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import type { CommandRequest, Op, Reply } from '../../src/core/transport.ts';
import { ScriptedParticipants } from '../../src/testing/scripted-participants.ts';
import { createCluster, withMethod } from './scene.ts';

it('T16 cadence#1741: a start whose answer from the database was lost is one saga, and is told as one', async () => {
  const { node, store } = createCluster();
  let lost = 0;
  const forgetful = withMethod(store, 'commit', async (txId, writes) => {
    const written = await store.commit(txId, writes);
    if (lost > 0) return written;
    lost += 1;
    throw new StorageUnavailableError('the answer was lost');
  });
  const one = await node({ store: forgetful, participants: new ScriptedParticipants() });
  const starting = one.orchestrator.start('order', {}, { id: 'a' });
  await one.pass(200);
  expect((await starting).isReplayed).toBe(false);
  await one.reaches('a', 'completed');
  expect([lost, one.sent(), (await one.row('a')).version]).toEqual([1, ['reserve', 'charge'], 3]);
});

it('T34 incubator-seata#3997, T38 dtm#35, T66 nats.go#533: an action that comes after its undo is not run, and the undo may be repeated', async () => {
  const transport = new InProcessTransport();
  const ran: string[] = [];
  const operation = (op: string) => () => ran.push(op);
  const operations = { charge: operation('do'), refund: operation('undo') };
  await serveParticipant(transport, { name: 'bank', barrier: new MemoryBarrier(), operations });
  const ask = (op: Op) => new Promise<Reply>((settle) => transport.request(commandOf(op), settle));
  const types = [await ask('undo'), await ask('undo'), await ask('do')].map(({ type }) => type);
  expect([types, ran]).toEqual([['succeeded', 'succeeded', 'sealed'], []]);
});

function commandOf(op: Op): CommandRequest {
  return {
    participant: 'bank',
    operation: op === 'undo' ? 'refund' : 'charge',
    tenant: 'default',
    sagaId: 'a',
    sagaName: 'order',
    step: 'charge',
    attempt: 1,
    op,
    idempotencyKey: `default:a:charge:1:1:${op}`,
    body: { input: {} },
  };
}
