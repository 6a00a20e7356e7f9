import { TerminalError, ValidationError } from '../core/errors.ts';
import { validate, type Schema } from '../core/schema.ts';
import type { CommandRequest, Op } from '../core/transport.ts';

/** Which saga asks, for which of its steps. */
export interface SagaInfo {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly step: string;
  /** Counts from 1; commands that nobody answered count too. */
  readonly attempt: number;
  readonly op: Op;
  /** The same for all attempts: hand it on to services that are asked from here. */
  readonly idempotencyKey: string;
  /** When the saga stops waiting for this attempt; ms since the epoch. */
  readonly deadline?: number;
}

/** What a handler gets. */
export interface Command<Tx, Input = unknown> {
  readonly input: Input;
  /** The action's reply, for an undo, where it is known. */
  readonly original?: unknown;
  readonly saga: SagaInfo;
  /** Writes that become durable together with the barrier's row, or not at all. */
  readonly tx: Tx;
}

/**
 * Does what an operation is for. Its result is the reply; `TerminalError` refuses (the writes made with `tx` are rolled
 * back), any other error means: ask again. `inProgress(...)` as the result means: not done yet, ask again later.
 */
export type Handler<Tx, Input = unknown> = (command: Command<Tx, Input>) => unknown;

/** An operation: its handler, and if wished a schema that its input must fit. */
export type Operation<Tx, Input = unknown> =
  | Handler<Tx, Input>
  | { readonly input: Schema<Input>; readonly handle: Handler<Tx, Input> };

/** Still at work. */
export class InProgress {
  /** ms */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    this.retryAfter = retryAfter;
  }
}

/**
 * A handler's result that says: still at work, ask again after `retryAfter` ms. Nothing is kept of this passage, not
 * even that it was: an undo that comes before the action succeeded finds nothing to undo, and its handler is not run.
 * So what goes on elsewhere must be found, and stopped, by the idempotency key without the barrier's help.
 */
export function inProgress({ retryAfter }: { readonly retryAfter: number }): InProgress {
  return new InProgress(retryAfter);
}

/** Carries a handler's `inProgress` out of the barrier, which rolls back for it as for every error. */
export class InProgressSignal extends Error {
  readonly retryAfter: number;

  constructor({ retryAfter }: InProgress) {
    super('still at work');
    this.retryAfter = retryAfter;
  }
}

/** Runs an operation's handler on a command, inside the barrier: a request that does not fit is refused as durably as any other. */
export async function runOperation<Tx, Input>(
  operation: Operation<Tx, Input>,
  request: CommandRequest,
  tx: Tx,
): Promise<unknown> {
  const { input, original } = request.body;
  const about = { saga: sagaOf(request), tx, ...(original === undefined ? {} : { original }) };
  const result: unknown =
    typeof operation === 'function'
      ? await operation({ ...about, input: input as Input })
      : await operation.handle({ ...about, input: await fit(operation.input, request) });
  if (result instanceof InProgress) throw new InProgressSignal(result);
  return result ?? null;
}

async function fit<Input>(
  schema: Schema<Input>,
  { body, participant, operation }: CommandRequest,
): Promise<Input> {
  try {
    return await validate(schema, body.input, `the input of ${participant}.${operation}`);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new TerminalError(error.message, { reason: 'validation', details: error.issues });
  }
}

function sagaOf(request: CommandRequest): SagaInfo {
  const { sagaId: id, sagaName: name, tenant, step, attempt, op, idempotencyKey, deadline } = request;
  return {
    id,
    name,
    tenant,
    step,
    attempt,
    op,
    idempotencyKey,
    ...(deadline === undefined ? {} : { deadline }),
  };
}
