import type { Clock } from '../core/clock.ts';
import type { HookCall, PendingHook } from '../core/hooks.ts';
import type { Logger } from '../core/logger.ts';
import type { SagaSnapshot } from '../core/snapshot.ts';
import { type Hook, type SagaPlan, stepsOf } from '../core/steps.ts';
import type { SagaRecord } from '../core/store.ts';

/** How often a throwing hook is called before it is given up, with an error in the log. */
const maximumCalls = 5;

/** Calls the hooks that authors wrote: after the commit that caused them, at least once, and again when they throw. */
export class HookRunner {
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Resolves when the hook ran, or was given up; never rejects. */
  async run(plan: SagaPlan, pending: PendingHook, record: SagaRecord, snapshot: SagaSnapshot): Promise<void> {
    const hook = find(plan, pending);
    if (hook === undefined) return;
    const call = toCall(plan, pending, record, snapshot);
    for (let calls = 1; calls <= maximumCalls; calls += 1) {
      try {
        await hook(call);
        return;
      } catch (error) {
        this.#logger.error(
          { err: error, sagaId: record.id, hook: pending.hook, step: pending.step, calls },
          'a hook threw',
        );
        if (calls < maximumCalls)
          await new Promise<void>((resolve) => this.#clock.schedule(100 * 2 ** calls, resolve));
      }
    }
  }
}

function find(plan: SagaPlan, { hook, step }: PendingHook): Hook | undefined {
  if (hook === 'onSuccess' || hook === 'onFailure')
    return stepsOf(plan).find(({ name }) => name === step)?.hooks[hook];
  return plan.hooks[hook];
}

function toCall(
  plan: SagaPlan,
  { hook, step }: PendingHook,
  record: SagaRecord,
  { state }: SagaSnapshot,
): HookCall {
  const failure = step === undefined ? state.context.cause?.error : state.context.steps[step]?.error;
  return {
    tenant: record.tenant,
    sagaId: record.id,
    saga: plan.name,
    hook,
    ...(step === undefined ? {} : { step }),
    status: record.status,
    input: state.context.input,
    results: state.context.results,
    ...(failure === undefined ? {} : { failure }),
  };
}
