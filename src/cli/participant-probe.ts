import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { CommandRequest, Op, Reply, Transport } from '../core/transport.ts';

/** Sends one command and waits for its definite end. */
export type Ask = (command: Pick<CommandRequest, 'op' | 'sagaId' | 'attempt' | 'body'>) => Promise<Reply>;

/** One made-up saga that talks to the participant. */
export interface Probe {
  do(input?: unknown): Promise<Reply>;
  undo(original?: Reply): Promise<Reply>;
  seal(): Promise<Reply>;
}

/** What is asked, where, and how long an answer may take; ms. */
export interface AskOptions {
  readonly participant: string;
  readonly action: string;
  readonly undo: string | undefined;
  readonly tenant: string;
  readonly timeout: number;
}

const step = 'verify';

/** How often a participant may be busy; and how long it is left alone then; ms. */
const patience = 10;
const pause = 100;

/** Asks a participant over `transport`, as the engine does: one that is busy or at work is asked again, under the same key. */
export function createAsk(transport: Transport, options: AskOptions): Ask {
  return async (command) => {
    for (let tries = 1; ; tries += 1) {
      const reply = await request(transport, toRequest(command, options), options.timeout);
      const isBusy = reply.type === 'inProgress' || reply.type === 'failed';
      if (!isBusy || tries === patience) return reply;
      await wait(reply.type === 'inProgress' ? Math.min(reply.retryAfter, options.timeout) : pause);
    }
  };
}

/** A saga that no other check knows. */
export function toProbe(ask: Ask, input: unknown): Probe {
  const sagaId = `verify-${randomUUID()}`;
  let attempt = 0;
  const send = (op: Op, body: CommandRequest['body']) => ask({ op, sagaId, attempt: (attempt += 1), body });
  return {
    do: (other = input) => send('do', { input: other }),
    undo: (original) =>
      send('undo', { input, ...(original?.type === 'succeeded' ? { original: original.result } : {}) }),
    seal: () => send('seal', { input }),
  };
}

function toRequest(
  command: Parameters<Ask>[0],
  { participant, action, undo, tenant, timeout }: AskOptions,
): CommandRequest {
  const { op, sagaId } = command;
  return {
    ...command,
    participant,
    operation: op === 'undo' && undo !== undefined ? undo : action,
    tenant,
    sagaName: 'verify-participant',
    step,
    idempotencyKey: [tenant, sagaId, step, 1, 1, op].join(':'),
    deadline: Date.now() + timeout,
  };
}

function request(transport: Transport, command: CommandRequest, timeout: number): Promise<Reply> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      abandon();
      resolve({
        type: 'lost',
        retryable: true,
        error: { code: 'timeout', message: `no answer within ${timeout} ms` },
      });
    }, timeout);
    const abandon = transport.request(command, (reply) => {
      clearTimeout(timer);
      resolve(reply);
    });
  });
}
