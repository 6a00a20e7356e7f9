export {
  ConflictError,
  NotAllowedError,
  NotFoundError,
  OverloadedError,
  SagaError,
  StorageRefusedError,
  StorageUnavailableError,
  UnavailableError,
  ValidationError,
} from '../core/errors.ts';
export type { FollowOptions, SagaMove } from './follow.ts';
export { type Problem, ProblemError } from './problem-error.ts';
export type { RetryOptions } from './retrying-fetch.ts';
export {
  type ClientOptions,
  createClient,
  type Routes,
  type SagaClient,
  type SagaJson,
  type SagaStartedJson,
  type SettledOptions,
  type StartJson,
  type StartOptions,
} from './saga-client.ts';
