import {
  type AnyActorRef,
  type AnyEventObject,
  type EventObject,
  type MetaObject,
  type ParameterizedObject,
  setup,
  type StateMachine,
  type StateValue,
} from 'xstate';
import type { StateConfig } from './attempts.ts';
import type { SagaContext } from './context.ts';
import { sagaActions, sagaDelays, sagaGuards } from './machine-parts.ts';
import { early, resuming } from './operator-arrows.ts';
import { SagaChart } from './saga-chart.ts';
import type { SagaPlan } from './steps.ts';

/** What the machine starts from. */
export interface SagaMachineInput<Input = unknown> {
  readonly id: string;
  readonly input: Input;
  readonly traceparent?: string | undefined;
}

/** The ends of a command, as the last part of an event's name. */
type Ending = 'succeeded' | 'refused' | 'failed' | 'unreachable' | 'lost' | 'inProgress' | 'sealed';

/** What the machine of a saga with these step names understands. */
export type SagaMachineEvent<Names extends string = string> =
  | {
      readonly type: `${Names | `undo${Capitalize<Names>}` | `seal${Capitalize<Names>}`}.${Ending}`;
      readonly [key: string]: unknown;
    }
  | {
      readonly type:
        | 'cancel'
        | 'deadline'
        | 'park'
        | 'retry'
        | 'skip'
        | 'compensate'
        | 'resolve'
        | 'decide'
        | 'signal'
        | 'pause'
        | 'resume';
      readonly [key: string]: unknown;
    };

/** The statechart generated from a saga: a plain XState v5 machine whose effects are data. */
export type SagaMachine<Names extends string = string, Input = unknown> = StateMachine<
  SagaContext<Input>,
  SagaMachineEvent<Names>,
  Record<string, AnyActorRef | undefined>,
  never,
  ParameterizedObject,
  ParameterizedObject,
  string,
  StateValue,
  string,
  // Not needed by an actor that is given a snapshot.
  SagaMachineInput<Input> | undefined,
  unknown,
  EventObject,
  MetaObject,
  // XState's own placeholder for the machine's configuration schema.
  // oxlint-disable-next-line typescript/no-explicit-any
  any
>;

/** Generates the statechart of a checked saga: a state for each step and each compensation, and one for each place to park. */
export function toMachine(plan: SagaPlan): SagaMachine {
  const machine = setup({
    types: {} as { context: SagaContext; events: AnyEventObject; input: SagaMachineInput },
    actions: sagaActions(plan) as never,
    guards: sagaGuards(plan),
    delays: sagaDelays(plan),
  }).createMachine(toConfig(plan) as never);
  return machine as unknown as SagaMachine;
}

/** The chart's shape as text: equal for two sagas exactly when a stored snapshot of one is at home in the other. */
export function structureOf(machine: { readonly root: ChartNode }): string {
  const ids = (node: ChartNode): readonly string[] => [node.id, ...Object.values(node.states).flatMap(ids)];
  // In the chart's order: a saga that runs the same steps in another order is another saga.
  return ids(machine.root).join('\n');
}

/** As much of XState's state node as is looked at here. */
interface ChartNode {
  readonly id: string;
  readonly states: Readonly<Record<string, ChartNode>>;
}

/** The machine as XState's configuration: plain data but for the context's factory. */
export function toConfig(plan: SagaPlan): StateConfig {
  const chart = new SagaChart(plan);
  return {
    id: plan.name,
    version: String(plan.version),
    description: plan.description,
    // XState calls the factory without input on each pure transition; hence the question marks.
    context: ({ input }: { input?: SagaMachineInput }) => ({
      id: input?.id,
      input: input?.input,
      results: {},
      steps: {},
      cause: null,
      parked: null,
      // Left out of the JSON where there is none.
      traceparent: input?.traceparent,
    }),
    initial: 'running',
    states: {
      running: {
        description: 'Asks for the steps in order',
        initial: plan.nodes[0]?.name,
        on: chart.leavingForward(),
        states: chart.forward(),
      },
      compensating: chart.backward(),
      completed: { type: 'final', description: 'Every step is done', entry: chart.hook('onCompleted') },
      compensated: {
        type: 'final',
        description: 'Everything that was done is undone',
        entry: chart.hook('onCompensated'),
      },
      failed: {
        description: 'Waits for a person',
        entry: chart.hook('onFailed'),
        exit: [{ type: 'unpark', params: {} }],
        on: { ...resuming, ...early(plan) },
        initial: chart.firstParked(),
        states: chart.parked(),
      },
      abandoned: { type: 'final', description: 'Closed by a person with effects left in place' },
    },
  };
}
