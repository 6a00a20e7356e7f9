import { expect, it, onTestFinished } from 'vitest';
import type { CommandRequest, Op, Reply } from '../../src/core/transport.ts';
import { MemoryBarrier } from '../../src/memory/barrier.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { serveParticipant } from '../../src/participant/serve.ts';

it('works on undos and seals before actions that came earlier, and keeps room for them', async () => {
  const transport = new InProcessTransport();
  onTestFinished(() => transport.close());
  const order: string[] = [];
  const waiting: (() => void)[] = [];
  const handle = async ({ saga }: { readonly saga: { readonly id: string; readonly op: Op } }) => {
    order.push(`${saga.op} ${saga.id}`);
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  await serveParticipant(transport, {
    name: 'shop',
    barrier: new MemoryBarrier(),
    operations: { reserve: handle, release: handle },
    concurrency: 1,
    queue: 2,
  });
  const replies: Reply[] = [];
  const send = (id: string, op: Op) =>
    void transport.request(toRequest(id, op), (reply) => void replies.push(reply));
  send('undone', 'do');
  await expect.poll(() => order).toEqual(['do undone']);
  waiting.shift()?.();
  await expect.poll(() => replies.length).toBe(1);
  for (const id of ['a', 'b', 'c', 'd']) send(id, 'do');
  send('undone', 'undo');
  // One is worked on, two wait, and the fourth is told to come again.
  await expect.poll(() => replies.length).toBe(2);
  expect(replies[1]).toMatchObject({ type: 'failed', error: { code: 'busy' } });
  for (const expected of [2, 3, 4, 5]) {
    await expect.poll(() => order.length).toBe(expected);
    await expect.poll(() => waiting.length).toBe(1);
    waiting.shift()?.();
  }
  expect(order).toEqual(['do undone', 'do a', 'undo undone', 'do b', 'do c']);
});

function toRequest(sagaId: string, op: Op): CommandRequest {
  return {
    participant: 'shop',
    operation: op === 'undo' ? 'release' : 'reserve',
    tenant: 'default',
    sagaId,
    sagaName: 'order',
    step: 'reserve',
    attempt: 1,
    op,
    idempotencyKey: `default:${sagaId}:reserve:1:1:${op}`,
    body: { input: {} },
  };
}
