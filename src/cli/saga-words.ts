import type { CauseType, SagaStatus } from '../core/store.ts';

/** Every status, for help and completion. */
export const statuses = [
  'running',
  'compensating',
  'completed',
  'compensated',
  'failed',
  'abandoned',
] as const satisfies readonly SagaStatus[];

/** Every cause of going back, for help and completion. */
export const causes = [
  'stepFailed',
  'cancelled',
  'timedOut',
  'operator',
] as const satisfies readonly CauseType[];
