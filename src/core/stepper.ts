import { type AnyActorScope, createActor } from 'xstate';
import type { SagaMachine, SagaMachineInput } from './machine.ts';
import type { MachineState } from './snapshot.ts';

/** An action that a transition asks for: XState's own, or one of the chart's effects. */
export interface ActionData {
  readonly type: string;
  readonly params?: unknown;
}

/** A state, and the actions on the way to it. */
export type Step = readonly [MachineState, readonly ActionData[]];

/** The state a machine starts in. Pure. Throws what the definition's own functions throw. */
export function initialStep(machine: SagaMachine, input: SagaMachineInput): Step {
  return collect(machine, (scope) => machine.getInitialSnapshot(scope, input));
}

/** The state after an event: the same object when the machine has no arrow for it. Pure. Throws what the definition's own functions throw. */
export function nextStep(machine: SagaMachine, state: MachineState, event: { readonly type: string }): Step {
  return collect(machine, (scope) => machine.transition(state, event as never, scope));
}

/** What a machine's transitions see of an actor: one that is never started, and holds nothing of any saga. */
const scopes = new WeakMap<SagaMachine, AnyActorScope>();

/**
 * XState's own `transition` makes an actor, and with it a whole initial state, for each call: half of its cost. One
 * inert actor for each machine does the same (`test/core/stepper.test.ts` holds the two against each other).
 */
function collect(machine: SagaMachine, step: (scope: AnyActorScope) => MachineState): Step {
  const actions: ActionData[] = [];
  const scope = scopes.get(machine) ?? createScope(machine);
  scope.actionExecutor = (action) => actions.push(action);
  const state = step(scope);
  if (state.status === 'error') throw state.error;
  return [state, actions];
}

function createScope(machine: SagaMachine): AnyActorScope {
  const self = createActor(machine);
  const ignore = () => {};
  const { system } = self;
  const scope = {
    self,
    system,
    id: '',
    sessionId: '',
    logger: ignore,
    defer: ignore,
    emit: ignore,
    stopChild: ignore,
    actionExecutor: ignore,
  };
  scopes.set(machine, scope);
  return scope;
}
