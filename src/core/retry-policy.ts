import { type Duration, toMilliseconds } from './duration.ts';
import { DefinitionError } from './errors.ts';
import { hash32 } from './hash.ts';

/** How often and how fast a command is tried again (the words of Temporal's retry policy). */
export interface RetryOptions {
  /** The wait before the second attempt. Default 200 ms. */
  readonly initialInterval?: Duration;
  /** By what the wait grows with each attempt. Default 2. */
  readonly backoffCoefficient?: number;
  /** The longest wait. Default 30 s. */
  readonly maximumInterval?: Duration;
  /** All attempts, the first one included. Default 5 for an action, 10 for a compensation or a retriable step. */
  readonly maximumAttempts?: number;
}

/** A retry policy with every value filled in; intervals in ms. */
export interface RetryPolicy {
  readonly initialInterval: number;
  readonly backoffCoefficient: number;
  readonly maximumInterval: number;
  readonly maximumAttempts: number;
}

/** Fills in what the options leave out. Throws `DefinitionError` for values that make no sense. */
export function toRetryPolicy(options: RetryOptions | undefined, maximumAttempts: number): RetryPolicy {
  const policy = {
    initialInterval: toMilliseconds(options?.initialInterval ?? 200),
    backoffCoefficient: options?.backoffCoefficient ?? 2,
    maximumInterval: toMilliseconds(options?.maximumInterval ?? 30_000),
    maximumAttempts: options?.maximumAttempts ?? maximumAttempts,
  };
  if (!(policy.backoffCoefficient >= 1)) {
    throw new DefinitionError(`backoffCoefficient is ${policy.backoffCoefficient}: it must be at least 1`);
  }
  if (!(Number.isInteger(policy.maximumAttempts) && policy.maximumAttempts >= 1)) {
    throw new DefinitionError(
      `maximumAttempts is ${policy.maximumAttempts}: it must be a whole number, at least 1`,
    );
  }
  return policy;
}

/**
 * The wait in ms after attempt `attempt` (from 1). Jitter takes off up to half, so that many sagas do not come back
 * at once; it is a function of `seed` and the attempt, so that a decision can be replayed exactly.
 */
export function retryDelay(policy: RetryPolicy, attempt: number, seed: string): number {
  const full = Math.min(
    policy.initialInterval * policy.backoffCoefficient ** (attempt - 1),
    policy.maximumInterval,
  );
  const jitter = hash32(`${seed}#${attempt}`) / 2 ** 32;
  return Math.round(full * (1 - jitter / 2));
}
