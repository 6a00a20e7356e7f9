import type { SagaContext } from '../core/context.ts';
import { toConfig } from '../core/machine.ts';
import type { SagaPlan } from '../core/steps.ts';

/** What a saga's context holds before anything happened. */
const context: SagaContext = { id: '', input: null, results: {}, steps: {}, cause: null, parked: null };

/**
 * A saga's machine as plain JSON, as XState's `createMachine` and Stately's editor take it. Guards, actions and delays
 * are names with static parameters; what they do is not part of it.
 */
export function toMachineJson(plan: SagaPlan): Readonly<Record<string, unknown>> {
  return { ...(JSON.parse(JSON.stringify(toConfig(plan))) as object), context };
}
