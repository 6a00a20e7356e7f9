import { fromFailureText, toFailureText } from '../core/barrier-rules.ts';
import type { Barrier, BarrierCall, BarrierOutcome } from '../core/barrier.ts';
import { RetryableError, type Failure } from '../core/errors.ts';
import type { CommandRequest, Reply, Serving, Transport } from '../core/transport.ts';
import { inCommandSpan } from './command-span.ts';
import { Gate } from './gate.ts';
import { toBarrierCall } from './idempotency-key.ts';
import { InProgressSignal, runOperation, type Operation } from './operation.ts';

/** How a command ended at the participant. */
export type ParticipantOutcome =
  | BarrierOutcome
  /** The handler or the database failed; everything was rolled back. */
  | { readonly type: 'failed'; readonly error: Failure }
  /** The handler is still at work elsewhere; ask again after `retryAfter` ms. */
  | { readonly type: 'inProgress'; readonly retryAfter: number };

/** A line of a participant's ledger: which command ended how. */
export interface ParticipantRecord extends BarrierCall {
  readonly operation: string;
  readonly outcome: ParticipantOutcome;
  /** ms since the epoch */
  readonly at: number;
}

/** A participant: its name, its operations and what makes them safe to repeat. */
export interface ParticipantOptions<Tx, Inputs> {
  /** `^[A-Za-z0-9_-]{1,64}$` */
  readonly name: string;
  /** `^\d+\.\d+\.\d+$`, shown by discovery. Default `1.0.0`. */
  readonly version?: string;
  readonly description?: string;
  readonly barrier: Barrier<Tx>;
  readonly operations: { readonly [Name in keyof Inputs]: Operation<Tx, Inputs[Name]> };
  /** How many commands are worked on at a time. Default 64. */
  readonly concurrency?: number;
  /** How many more may wait; the next ones are told to come again (`busy`). Default 1,000. */
  readonly queue?: number;
  /** Told of every command that reached the barrier, after its transaction ended. What it throws is ignored. */
  readonly onOutcome?: (record: ParticipantRecord) => unknown;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Serves a participant: its operations can be repeated, undone before they were done, and come too late, without harm.
 * `close()` of the result takes no new commands and resolves when those at hand are answered.
 */
export async function serveParticipant<Tx, Inputs extends Readonly<Record<string, unknown>>>(
  transport: Pick<Transport, 'serve'>,
  options: ParticipantOptions<Tx, Inputs>,
): Promise<Serving> {
  const {
    name,
    version = '1.0.0',
    description = '',
    operations,
    concurrency = 64,
    queue = 1_000,
    now = Date.now,
  } = options;
  const gate = new Gate({ limit: concurrency, queue, now });
  return transport.serve({
    participant: name,
    version,
    description,
    operations: Object.keys(operations),
    handle: (request) => inCommandSpan(request, () => handle(request, options, gate)),
  });
}

async function handle<Tx, Inputs>(
  request: CommandRequest,
  options: ParticipantOptions<Tx, Inputs>,
  gate: Gate,
): Promise<Reply | undefined> {
  const call = toBarrierCall(request);
  if (call === undefined) return badRequest(request);
  const entrance = await gate.enter(request.deadline, request.op === 'do' ? 'action' : 'undo');
  // Nobody waits for the answer any more; a new attempt is under way or will be.
  if (entrance === 'tooLate') return undefined;
  if (entrance === 'full')
    return failed(new RetryableError(`${options.name} has too much to do`, { reason: 'busy' }));
  try {
    const outcome = await pass(request, call, options);
    tell(options, { ...call, operation: request.operation, outcome, at: (options.now ?? Date.now)() });
    return toReply(outcome);
  } finally {
    gate.leave();
  }
}

async function pass<Tx, Inputs>(
  request: CommandRequest,
  call: BarrierCall,
  { barrier, operations, name }: ParticipantOptions<Tx, Inputs>,
): Promise<ParticipantOutcome> {
  try {
    const operation = Object.hasOwn(operations, request.operation)
      ? operations[request.operation as keyof Inputs]
      : undefined;
    if (operation === undefined)
      throw new RetryableError(`${name} has no operation ${request.operation}`, {
        reason: 'unknown_operation',
      });
    return await barrier.pass(call, (tx) => runOperation(operation, request, tx));
  } catch (error) {
    if (error instanceof InProgressSignal) return { type: 'inProgress', retryAfter: error.retryAfter };
    return failed(error);
  }
}

function toReply(outcome: ParticipantOutcome): Reply {
  switch (outcome.type) {
    case 'applied':
    case 'replayed':
      return { type: 'succeeded', result: outcome.reply };
    case 'refused':
      return { type: 'refused', error: outcome.error };
    case 'nullUndo':
      return { type: 'succeeded', result: null };
    case 'sealed':
    case 'failed':
    case 'inProgress':
      return outcome;
  }
}

/** Nothing ever ran under a key that the barrier cannot use, so the refusal's promise of no effect holds. */
function badRequest({ idempotencyKey }: CommandRequest): Reply {
  const form = '<tenant>:<sagaId>:<step>:<iteration>:<generation>:<op>';
  const message = `the idempotency key "${idempotencyKey.slice(0, 500)}" does not belong to this command; its form is ${form}`;
  return { type: 'refused', error: { code: 'bad_request', message } };
}

function failed(error: unknown): { readonly type: 'failed'; readonly error: Failure } {
  return { type: 'failed', error: fromFailureText(toFailureText(error)) };
}

/** A ledger that fails must not change the answer: the effect is durable already. */
function tell<Tx, Inputs>({ onOutcome }: ParticipantOptions<Tx, Inputs>, record: ParticipantRecord): void {
  try {
    Promise.resolve(onOutcome?.(record)).catch(() => undefined);
  } catch {
    // Nothing to do: see above.
  }
}
