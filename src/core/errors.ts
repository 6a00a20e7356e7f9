/** The machine-readable name of every error sagachart throws. */
export type SagaErrorCode =
  | 'definition'
  | 'validation'
  | 'not_found'
  | 'conflict'
  | 'not_allowed'
  | 'saga_failed'
  | 'terminal'
  | 'retryable'
  | 'unavailable'
  | 'storage_unavailable'
  | 'storage_refused'
  | 'overloaded'
  | 'payload_unreadable';

/** What kind of failure it was. */
export type FailureCategory =
  | 'validation'
  | 'timeout'
  | 'network'
  | 'service'
  | 'data'
  | 'system'
  | 'business'
  | 'compensation';

/** An error as it is journaled and sent over the wire: plain JSON, without a stack. */
export interface Failure {
  readonly code: string;
  /** Set by the engine when it records the failure of a command. */
  readonly category?: FailureCategory;
  readonly message: string;
  /** What a participant added to explain itself; any JSON. */
  readonly details?: unknown;
  /** The failure that led to this one. */
  readonly cause?: Failure;
}

/** The base of every error sagachart throws; `code` tells them apart. */
export abstract class SagaError extends Error {
  abstract readonly code: SagaErrorCode;
}

/** The saga is written wrongly; thrown while the program starts, with what to do about it. */
export class DefinitionError extends SagaError {
  override readonly name = 'DefinitionError';
  readonly code = 'definition';
}

/** One thing that is wrong with an input: where, and what. */
export interface ValidationIssue {
  readonly path: string;
  readonly message: string;
}

/** An input or a reply does not fit its schema; `issues` lists what is wrong and where. */
export class ValidationError extends SagaError {
  override readonly name = 'ValidationError';
  readonly code = 'validation';
  readonly issues: readonly ValidationIssue[];

  constructor(message: string, issues: readonly ValidationIssue[] = []) {
    super(message);
    this.issues = issues;
  }
}

/** There is no such saga, definition or journal position. */
export class NotFoundError extends SagaError {
  override readonly name = 'NotFoundError';
  readonly code = 'not_found';
}

/** The id or idempotency key is taken by a different request, or the saga moved on meanwhile. */
export class ConflictError extends SagaError {
  override readonly name = 'ConflictError';
  readonly code = 'conflict';
}

/** The chart has no such arrow now; `legal` names the operator actions it has. */
export class NotAllowedError extends SagaError {
  override readonly name = 'NotAllowedError';
  readonly code = 'not_allowed';
  readonly legal: readonly string[];

  constructor(message: string, legal: readonly string[] = []) {
    super(message);
    this.legal = legal;
  }
}

/** `execute` ended in another way than completed; `failure` is the original error, `compensationFailures` what undoing met. */
export class SagaFailedError extends SagaError {
  override readonly name = 'SagaFailedError';
  readonly code = 'saga_failed';
  readonly sagaId: string;
  readonly status: string;
  readonly failure: Failure | undefined;
  readonly compensationFailures: readonly Failure[];

  constructor(
    message: string,
    details: {
      readonly sagaId: string;
      readonly status: string;
      readonly failure: Failure | undefined;
      readonly compensationFailures: readonly Failure[];
    },
  ) {
    super(message);
    this.sagaId = details.sagaId;
    this.status = details.status;
    this.failure = details.failure;
    this.compensationFailures = details.compensationFailures;
  }
}

/** What a participant throws to say how a command ended; also how the engine describes such an end. */
export abstract class ParticipantError extends SagaError {
  /** Any JSON that explains the error to people. */
  readonly details: unknown;
  /** The participant's own code, such as `out_of_stock`. */
  readonly reason: string;

  constructor(
    message: string,
    options: ErrorOptions & { readonly reason?: string; readonly details?: unknown } = {},
  ) {
    super(message, options);
    this.reason = options.reason ?? 'error';
    this.details = options.details;
  }
}

/** The participant refuses: nothing happened and nothing will; the saga goes backward. */
export class TerminalError extends ParticipantError {
  override readonly name = 'TerminalError';
  readonly code = 'terminal';
}

/** The participant cannot now; the command is tried again with the same idempotency key. */
export class RetryableError extends ParticipantError {
  override readonly name = 'RetryableError';
  readonly code = 'retryable';
}

/** Nobody answered, or no answer can be told apart from silence. */
export class UnavailableError extends ParticipantError {
  override readonly name = 'UnavailableError';
  readonly code = 'unavailable';
}

/** The database cannot be reached or cannot answer now; whether a write took effect is unknown. */
export class StorageUnavailableError extends SagaError {
  override readonly name = 'StorageUnavailableError';
  readonly code = 'storage_unavailable';
}

/** The database refused a write for its content (SQLSTATE 22*, 23*): nothing was written, and it never will be. */
export class StorageRefusedError extends SagaError {
  override readonly name = 'StorageRefusedError';
  readonly code = 'storage_refused';
}

/** This node has as much to do as it may take on: nothing was written; ask again later, or another node. */
export class OverloadedError extends SagaError {
  override readonly name = 'OverloadedError';
  readonly code = 'overloaded';
}

/** A stored text cannot be decoded: this process lacks the key (`unknownKey`), or the text is not what was stored (`damaged`). */
export class UnreadablePayloadError extends SagaError {
  override readonly name = 'UnreadablePayloadError';
  readonly code = 'payload_unreadable';
  readonly why: 'unknownKey' | 'damaged';

  constructor(message: string, why: 'unknownKey' | 'damaged', options: ErrorOptions = {}) {
    super(message, options);
    this.why = why;
  }
}

/** An error of any origin as plain JSON; causes are kept up to a depth of four. */
export function toFailure(error: unknown, depth = 4): Failure {
  if (!(error instanceof Error)) return { code: 'error', message: String(error) };
  const code =
    error instanceof ParticipantError ? error.reason : error instanceof SagaError ? error.code : 'error';
  return {
    code,
    message: error.message,
    ...(error instanceof ParticipantError && error.details !== undefined ? { details: error.details } : {}),
    ...(error.cause !== undefined && depth > 1 ? { cause: toFailure(error.cause, depth - 1) } : {}),
  };
}
