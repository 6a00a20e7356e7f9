import type { Failure } from './errors.ts';
import type { SagaStatus } from './store.ts';

/** When hooks are called: after a step's action succeeded or failed for good, or after the saga came to a rest. */
export type HookName = 'onSuccess' | 'onFailure' | 'onCompleted' | 'onCompensated' | 'onFailed';

/** A hook that a transition caused and that has not run yet; stored with the saga. */
export interface PendingHook {
  readonly hook: HookName;
  /** The step, for `onSuccess` and `onFailure`. */
  readonly step?: string;
}

/** What a hook is told. */
export interface HookCall {
  readonly tenant: string;
  readonly sagaId: string;
  readonly saga: string;
  readonly hook: HookName;
  readonly step?: string;
  readonly status: SagaStatus;
  readonly input: unknown;
  readonly results: Readonly<Record<string, unknown>>;
  readonly failure?: Failure;
}
