import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { z } from 'zod';
import type { CommandRequest, Reply, Serving } from '../../src/core/transport.ts';
import { MemoryBarrier } from '../../src/memory/barrier.ts';
import type { MemoryTx } from '../../src/memory/barrier-table.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import {
  inProgress,
  RetryableError,
  serveParticipant,
  TerminalError,
  type Command,
  type ParticipantOptions,
  type ParticipantRecord,
} from '../../src/participant/index.ts';

describe('serveParticipant', () => {
  it('gives handlers input, saga and transaction, and answers with their result', async () => {
    const seen: unknown[] = [];
    const { ask, barrier } = await serve({
      reserve: async (command: Command<MemoryTx>) => {
        const { tx, ...rest } = command;
        seen.push(rest);
        tx.set('hold', 1);
        return { holdId: 'h-1' };
      },
    });
    expect(await ask('reserve', { attempt: 3, deadline: 99, body: { input: { sku: 'a' } } })).toEqual({
      type: 'succeeded',
      result: { holdId: 'h-1' },
    });
    const idempotencyKey = 'default:saga-1:reserve:0:0:do';
    const saga = {
      id: 'saga-1',
      name: 'order',
      tenant: 'default',
      step: 'reserve',
      attempt: 3,
      op: 'do',
      idempotencyKey,
      deadline: 99,
    };
    expect(seen).toEqual([{ input: { sku: 'a' }, saga }]);
    expect(barrier.get('hold')).toBe(1);
  });

  it('answers a repeated command with the first result, and runs it once', async () => {
    let runs = 0;
    const { ask } = await serve({ reserve: () => ({ run: (runs += 1) }) });
    expect(await ask('reserve')).toEqual({ type: 'succeeded', result: { run: 1 } });
    expect(await ask('reserve', { attempt: 2 })).toEqual({ type: 'succeeded', result: { run: 1 } });
    expect(runs).toBe(1);
  });

  it('takes no result as null', async () => {
    const { ask } = await serve({ reserve: () => undefined });
    expect(await ask('reserve')).toEqual({ type: 'succeeded', result: null });
  });

  it('gives an undo the original reply, by whichever operation it comes', async () => {
    const release = vi.fn(({ original }: Command<MemoryTx>) => original);
    const { ask } = await serve({ reserve: () => 'h-1', release });
    await ask('reserve');
    const undo = { op: 'undo', body: { input: {}, original: 'h-1' } } as const;
    expect(await ask('release', undo)).toEqual({ type: 'succeeded', result: 'h-1' });
    expect(await ask('release', undo)).toEqual({ type: 'succeeded', result: 'h-1' });
    expect(release).toHaveBeenCalledTimes(1);
  });

  it('answers an undo before the action with null, and the late action with sealed', async () => {
    const handle = vi.fn(() => 'done');
    const { ask } = await serve({ reserve: handle, release: handle });
    expect(await ask('release', { op: 'undo' })).toEqual({ type: 'succeeded', result: null });
    expect(await ask('reserve')).toEqual({ type: 'sealed' });
    expect(handle).not.toHaveBeenCalled();
  });

  it('refuses for good what its handler refuses', async () => {
    const reserve = vi.fn(({ tx }: Command<MemoryTx>) => {
      tx.set('hold', 1);
      throw new TerminalError('none left', { reason: 'out_of_stock', details: { left: 0 } });
    });
    const { ask, barrier } = await serve({ reserve });
    const refused = {
      type: 'refused',
      error: { code: 'out_of_stock', message: 'none left', details: { left: 0 } },
    };
    expect(await ask('reserve')).toEqual(refused);
    expect(await ask('reserve', { attempt: 2 })).toEqual(refused);
    expect(await ask('reserve', { op: 'seal' })).toEqual(refused);
    expect(barrier.get('hold')).toBeUndefined();
    expect(reserve).toHaveBeenCalledTimes(1);
  });

  it.each([
    [
      'a RetryableError',
      new RetryableError('later', { reason: 'locked' }),
      { code: 'locked', message: 'later' },
    ],
    ['any other error', new TypeError('oops'), { code: 'error', message: 'oops' }],
    ['no error at all', 'thrown text', { code: 'error', message: 'thrown text' }],
  ])('calls %s a failure that may be tried again', async (_, thrown, error) => {
    let isBroken = true;
    const { ask } = await serve({
      reserve: () => (isBroken ? Promise.reject(thrown) : 1),
    });
    expect(await ask('reserve')).toEqual({ type: 'failed', error });
    isBroken = false;
    expect(await ask('reserve', { attempt: 2 })).toEqual({ type: 'succeeded', result: 1 });
  });

  it('keeps nothing of a command that is still at work', async () => {
    let isDone = false;
    const { ask, barrier } = await serve({
      reserve: ({ tx }) => {
        tx.set('hold', isDone);
        return isDone ? 'done' : inProgress({ retryAfter: 250 });
      },
    });
    expect(await ask('reserve')).toEqual({ type: 'inProgress', retryAfter: 250 });
    expect(barrier.get('hold')).toBeUndefined();
    isDone = true;
    expect(await ask('reserve')).toEqual({ type: 'succeeded', result: 'done' });
    expect(barrier.get('hold')).toBe(true);
  });

  it('seals without its handler, and answers a late seal with the result', async () => {
    const charge = vi.fn(() => 1);
    const { ask } = await serve({ charge });
    expect(await ask('charge', { op: 'seal' })).toEqual({ type: 'sealed' });
    expect(await ask('charge')).toEqual({ type: 'sealed' });
    expect(charge).not.toHaveBeenCalled();
    const other = { sagaId: 'saga-2' };
    expect(await ask('charge', other)).toEqual({ type: 'succeeded', result: 1 });
    expect(await ask('charge', { ...other, op: 'seal' })).toEqual({ type: 'succeeded', result: 1 });
  });

  describe('an operation with a schema', () => {
    const input = z.object({ sku: z.string(), quantity: z.coerce.number().int() });

    it('gets its input as the schema understands it', async () => {
      const { ask } = await serve({
        reserve: {
          input,
          handle: ({ input: order }) => {
            expectTypeOf(order).toEqualTypeOf<{ sku: string; quantity: number }>();
            return order;
          },
        },
      });
      const reply = await ask('reserve', { body: { input: { sku: 'a', quantity: '2', extra: 1 } } });
      expect(reply).toEqual({ type: 'succeeded', result: { sku: 'a', quantity: 2 } });
    });

    it('refuses what does not fit, for good, and says where it is wrong', async () => {
      const handle = vi.fn(() => 1);
      const { ask } = await serve({ reserve: { input, handle } });
      const reply = await ask('reserve', { body: { input: { sku: 1, quantity: 2 } } });
      expect(reply).toMatchObject({
        type: 'refused',
        error: { code: 'validation', details: [{ path: '/sku' }] },
      });
      // A promise of no effect must hold for the key, whatever is asked with it later.
      expect(await ask('reserve', { body: { input: { sku: 'a', quantity: 2 } } })).toEqual(reply);
      expect(handle).not.toHaveBeenCalled();
    });

    it('still answers what was done with its result when the schema became stricter', async () => {
      const barrier = new MemoryBarrier();
      const before = await serve({ reserve: () => 'h-1' }, { barrier });
      await before.ask('reserve', { body: { input: {} } });
      const after = await serve({ reserve: { input, handle: () => 'h-2' } }, { barrier });
      expect(await after.ask('reserve', { body: { input: {} } })).toEqual({
        type: 'succeeded',
        result: 'h-1',
      });
    });
  });

  it.each([
    ['of a stranger', 'order-17'],
    ['with too few parts', 'default:saga-1:reserve:0:do'],
    ['with too many parts', 'default:saga-1:reserve:0:0:0:do'],
    ['of another tenant', 'other:saga-1:reserve:0:0:do'],
    ['of another saga', 'default:saga-2:reserve:0:0:do'],
    ['of another step', 'default:saga-1:charge:0:0:do'],
    ['of another op', 'default:saga-1:reserve:0:0:undo'],
    ['with a number written oddly', 'default:saga-1:reserve:00:0:do'],
    ['with a negative number', 'default:saga-1:reserve:0:-1:do'],
    ['with a number too large', 'default:saga-1:reserve:0:9999999999:do'],
    ['with something before it', 'x default:saga-1:reserve:0:0:do'],
    ['with something after it', 'default:saga-1:reserve:0:0:do x'],
  ])('refuses a command whose idempotency key is wrong: %s', async (_, idempotencyKey) => {
    const reserve = vi.fn(() => 1);
    const { ask } = await serve({ reserve });
    expect(await ask('reserve', { idempotencyKey })).toMatchObject({
      type: 'refused',
      error: { code: 'bad_request' },
    });
    expect(reserve).not.toHaveBeenCalled();
  });

  it('tells the ledger of every command how it ended, and does not mind a ledger that fails', async () => {
    const ledger: ParticipantRecord[] = [];
    const onOutcome = (record: ParticipantRecord): Promise<void> => {
      ledger.push(record);
      if (ledger.length === 1) throw new Error('disk full');
      return Promise.reject(new Error('disk full'));
    };
    const release = () => {
      throw new Error('no');
    };
    const { ask } = await serve({ reserve: () => 1, release }, { onOutcome, now: () => 1234 });
    expect(await ask('reserve')).toEqual({ type: 'succeeded', result: 1 });
    expect(await ask('reserve', { attempt: 2 })).toEqual({ type: 'succeeded', result: 1 });
    expect(await ask('release', { op: 'undo' })).toMatchObject({ type: 'failed' });
    const call = {
      participant: 'stock',
      tenant: 'default',
      sagaId: 'saga-1',
      step: 'reserve',
      iteration: 0,
      generation: 0,
    };
    expect(ledger).toEqual([
      { ...call, op: 'do', operation: 'reserve', outcome: { type: 'applied', reply: 1 }, at: 1234 },
      { ...call, op: 'do', operation: 'reserve', outcome: { type: 'replayed', reply: 1 }, at: 1234 },
      {
        ...call,
        op: 'undo',
        operation: 'release',
        outcome: { type: 'failed', error: { code: 'error', message: 'no' } },
        at: 1234,
      },
    ]);
  });

  describe('under load', () => {
    it('works on no more commands at a time than it may, in order of arrival', async () => {
      const desk = new Desk();
      const { ask } = await serve({ reserve: desk.handle }, { concurrency: 2 });
      const replies = ['a', 'b', 'c', 'd'].map((sagaId) => ask('reserve', { sagaId }));
      await vi.waitFor(() => expect([...desk.atWork]).toEqual(['a', 'b']));
      desk.finish('b');
      await vi.waitFor(() => expect([...desk.atWork]).toEqual(['a', 'c']));
      desk.finish('a', 'c');
      await vi.waitFor(() => expect([...desk.atWork]).toEqual(['d']));
      desk.finish('d');
      expect(await Promise.all(replies)).toEqual(
        ['a', 'b', 'c', 'd'].map((result) => ({ type: 'succeeded', result })),
      );
      expect(desk.mostAtWork).toBe(2);
    });

    it('says that it is busy when too many wait, and takes the next ones when there is room again', async () => {
      const desk = new Desk();
      const { ask } = await serve({ reserve: desk.handle }, { concurrency: 1, queue: 1 });
      const waiting = ['a', 'b'].map((sagaId) => ask('reserve', { sagaId }));
      expect(await ask('reserve', { sagaId: 'c' })).toMatchObject({
        type: 'failed',
        error: { code: 'busy' },
      });
      desk.finish('a', 'b');
      await Promise.all(waiting);
      desk.finish('c');
      expect(await ask('reserve', { sagaId: 'c', attempt: 2 })).toEqual({ type: 'succeeded', result: 'c' });
    });

    it('drops a command whose deadline passed while it waited, and goes on with the next', async () => {
      let now = 1_000;
      const desk = new Desk();
      const { ask } = await serve({ reserve: desk.handle }, { concurrency: 1, now: () => now });
      const first = ask('reserve', { sagaId: 'a' });
      let isDropped = true;
      void ask('reserve', { sagaId: 'late', deadline: 2_000 }).then(() => (isDropped = false));
      const next = ask('reserve', { sagaId: 'next', deadline: 4_000 });
      // A clock that is behind ours is no reason to never serve its commands.
      const behind = ask('reserve', { sagaId: 'behind', deadline: 500 });
      await vi.waitFor(() => expect([...desk.atWork]).toEqual(['a']));
      now = 3_000;
      desk.finish('a', 'late', 'next', 'behind');
      expect((await Promise.all([first, next, behind])).map(({ type }) => type)).toEqual([
        'succeeded',
        'succeeded',
        'succeeded',
      ]);
      expect(desk.seen).toEqual(['a', 'next', 'behind']);
      expect(isDropped).toBe(true);
    });

    it('finishes what is at hand when it is closed, waiting commands included, and takes no more', async () => {
      const desk = new Desk();
      const { ask, serving } = await serve({ reserve: desk.handle }, { concurrency: 1 });
      const replies = ['a', 'b'].map((sagaId) => ask('reserve', { sagaId }));
      await vi.waitFor(() => expect([...desk.atWork]).toEqual(['a']));
      let isClosed = false;
      const closing = serving.close().then(() => (isClosed = true));
      expect(await ask('reserve', { sagaId: 'c' })).toMatchObject({ type: 'unreachable' });
      expect(isClosed).toBe(false);
      desk.finish('a', 'b');
      await closing;
      expect((await Promise.all(replies)).map(({ type }) => type)).toEqual(['succeeded', 'succeeded']);
    });
  });
});

interface Served {
  readonly barrier: MemoryBarrier;
  readonly serving: Serving;
  /** Sends a command of step `reserve`; its idempotency key follows from the rest. */
  ask(operation: string, request?: Partial<CommandRequest>): Promise<Reply>;
}

async function serve<Inputs extends Readonly<Record<string, unknown>>>(
  operations: ParticipantOptions<MemoryTx, Inputs>['operations'],
  options: Partial<Omit<ParticipantOptions<MemoryTx, Inputs>, 'operations' | 'barrier'>> & {
    readonly barrier?: MemoryBarrier;
  } = {},
): Promise<Served> {
  const { barrier = new MemoryBarrier() } = options;
  const transport = new InProcessTransport();
  const serving = await serveParticipant(transport, { name: 'stock', ...options, barrier, operations });
  const ask = (operation: string, request: Partial<CommandRequest> = {}) =>
    new Promise<Reply>((settle) => transport.request(toCommand(operation, request), settle));
  return { barrier, serving, ask };
}

function toCommand(operation: string, request: Partial<CommandRequest>): CommandRequest {
  const { sagaId = 'saga-1', op = 'do' } = request;
  return {
    participant: 'stock',
    tenant: 'default',
    sagaName: 'order',
    step: 'reserve',
    attempt: 1,
    idempotencyKey: `default:${sagaId}:reserve:0:0:${op}`,
    body: { input: null },
    ...request,
    operation,
    sagaId,
    op,
  };
}

/** Where each command is worked on until the test finishes it. */
class Desk {
  readonly seen: string[] = [];
  readonly atWork = new Set<string>();
  readonly #finished = new Set<string>();
  readonly #wake = new Map<string, () => void>();
  mostAtWork = 0;

  readonly handle = async ({ saga: { id } }: Command<MemoryTx>): Promise<string> => {
    this.seen.push(id);
    this.atWork.add(id);
    this.mostAtWork = Math.max(this.mostAtWork, this.atWork.size);
    if (!this.#finished.has(id)) await new Promise<void>((resolve) => this.#wake.set(id, resolve));
    this.atWork.delete(id);
    return id;
  };

  finish(...ids: readonly string[]): void {
    for (const id of ids) {
      this.#finished.add(id);
      this.#wake.get(id)?.();
    }
  }
}
