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
import type { NamedPart, StateConfig } from './attempts.ts';
import { backwardGroupState, backwardState } from './backward.ts';
import type { SagaContext } from './context.ts';
import { forwardState } from './forward.ts';
import { sagaActions, sagaDelays, sagaGuards } from './machine-parts.ts';
import { parkedActionState, parkedName, parkedUndoState } from './parked.ts';
import { membersOf, pointOfNoReturn, type SagaNode, type SagaPlan, type Step } from './steps.ts';

/** What the machine starts from. */
export interface SagaMachineInput<Input = unknown> {
  readonly id: string;
  readonly input: Input;
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
      readonly type: 'cancel' | 'deadline' | 'park' | 'retry' | 'skip' | 'compensate' | 'resolve';
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
    actions: sagaActions() as never,
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
  const chart = new Chart(plan);
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
        initial: chart.firstParked(),
        states: chart.parked(),
      },
      abandoned: { type: 'final', description: 'Closed by a person with effects left in place' },
    },
  };
}

/** Knows where everything lies in a saga's chart. */
class Chart {
  readonly #plan: SagaPlan;
  readonly #noReturn: number;
  /** Nodes that have something to undo, with their index. */
  readonly #undone: readonly { readonly node: SagaNode; readonly index: number }[];

  constructor(plan: SagaPlan) {
    this.#plan = plan;
    this.#noReturn = pointOfNoReturn(plan);
    this.#undone = plan.nodes
      .map((node, index) => ({ node, index }))
      .filter(({ node }) => membersOf(node).some((step) => step.compensation !== undefined));
  }

  forward(): StateConfig {
    return Object.fromEntries(
      this.#plan.nodes.map((node, index) => [node.name, this.#forwardNode(node, index)]),
    );
  }

  /** Cancel and deadline turn back wherever the saga is, up to the point of no return. */
  leavingForward(): StateConfig {
    const turn = (type: string) => ({
      target: this.#at('compensating'),
      guard: { type: 'canTurnBack', params: {} },
      actions: [{ type: 'blame', params: { type } }],
    });
    return {
      cancel: turn('cancelled'),
      compensate: turn('operator'),
      deadline: [turn('timedOut'), { actions: [{ type: 'markLate', params: {} }] }],
    };
  }

  backward(): StateConfig {
    const description = 'Undoes what was done, last first';
    const last = this.#undone.at(-1);
    if (last === undefined) return { description, always: { target: this.#at('compensated') } };
    const states = this.#undone.map(
      ({ node, index }) => [node.name, this.#backwardNode(node, index)] as const,
    );
    return { description, initial: last.node.name, states: Object.fromEntries(states.toReversed()) };
  }

  parked(): StateConfig {
    return Object.fromEntries(
      this.#plan.nodes.flatMap((node, index) =>
        membersOf(node).flatMap((step) => this.#parkedStep(step, node, index)),
      ),
    );
  }

  firstParked(): string {
    return membersOf(this.#plan.nodes[0] as SagaNode).map((step) => parkedName(step, 'do'))[0] ?? '';
  }

  hook(name: keyof SagaPlan['hooks']): readonly NamedPart[] {
    return this.#plan.hooks[name] === undefined ? [] : [{ type: 'hook', params: { hook: name } }];
  }

  #forwardNode(node: SagaNode, index: number): StateConfig {
    if (node.type === 'step') return forwardState(node, this.#forwardTargets(node, index, false));
    return {
      type: 'parallel',
      description: `${node.members.length} steps at the same time`,
      states: Object.fromEntries(
        node.members.map((step) => [step.name, forwardState(step, this.#forwardTargets(step, index, true))]),
      ),
      onDone: { target: this.#after(index) },
    };
  }

  #forwardTargets(step: Step, index: number, isMember: boolean) {
    return {
      next: this.#after(index),
      backward: this.#backwardFrom(index),
      parked: this.#at('failed', parkedName(step, 'do')),
      isMember,
    };
  }

  #backwardNode(node: SagaNode, index: number): StateConfig {
    const to = {
      next: this.#undoBefore(index),
      self: this.#at('compensating', node.name),
      parked: (step: Step) => this.#at('failed', parkedName(step, 'undo')),
    };
    return node.type === 'step' ? backwardState(node, to) : backwardGroupState(node, to);
  }

  #parkedStep(step: Step, node: SagaNode, index: number): (readonly [string, StateConfig])[] {
    const abandoned = this.#at('abandoned');
    const self = this.#at('running', node.name);
    const next = node.type === 'group' ? self : this.#after(index);
    const action = parkedActionState(step, { self, next, backward: this.#backwardFrom(index), abandoned });
    if (step.compensation === undefined) return [[parkedName(step, 'do'), action]];
    const undoing = this.#at('compensating', node.name);
    const undo = parkedUndoState(step, {
      self: undoing,
      next: node.type === 'group' ? undoing : this.#undoBefore(index),
      abandoned,
    });
    return [
      [parkedName(step, 'do'), action],
      [parkedName(step, 'undo'), undo],
    ];
  }

  #after(index: number): string {
    const next = this.#plan.nodes[index + 1];
    return next === undefined ? this.#at('completed') : this.#at('running', next.name);
  }

  /** Where the saga turns back to when node `index` fails; nowhere from behind the point of no return. */
  #backwardFrom(index: number): string | undefined {
    const pivot = this.#plan.nodes[this.#noReturn];
    const isPivot = pivot?.type === 'step' && pivot.kind === 'pivot';
    if (index > this.#noReturn || (index === this.#noReturn && !isPivot)) return undefined;
    return this.#undoBefore(index + 1);
  }

  /** The last node before `index` that has something to undo. */
  #undoBefore(index: number): string {
    const found = this.#undone.findLast((undone) => undone.index < index);
    return found === undefined ? this.#at('compensated') : this.#at('compensating', found.node.name);
  }

  #at(...path: readonly string[]): string {
    return `#${[this.#plan.name, ...path].join('.')}`;
  }
}
