import type { NamedPart, StateConfig } from './attempts.ts';
import { backwardGroupState, backwardState } from './backward.ts';
import { forwardState, isTriedAnew } from './forward.ts';
import { abandoningRewind, early, pausing, resuming, rewindTo } from './operator-arrows.ts';
import { asksFor, parkedActionState, parkedName, parkedUndoState } from './parked.ts';
import { rewindArrows } from './rewind.ts';
import { mayTurnBackFrom, membersOf, type SagaNode, type SagaPlan, type Step, type Wait } from './steps.ts';
import { parkedWaitState, waitState } from './waiting.ts';

/** The state on the way back in which nothing is left to undo; no step may have its name. */
const allUndone = 'undone';

/** Knows where everything lies in a saga's chart. */
export class SagaChart {
  readonly #plan: SagaPlan;
  /** Nodes that have something to undo, with their index. */
  readonly #undone: readonly { readonly node: SagaNode; readonly index: number }[];

  constructor(plan: SagaPlan) {
    this.#plan = plan;
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
      actions: [{ type: 'blame', params: { type } }, ...(type === 'operator' ? [rewindTo] : [])],
    });
    return {
      cancel: turn('cancelled'),
      compensate: turn('operator'),
      deadline: [turn('timedOut'), { actions: [{ type: 'markLate', params: {} }] }],
      ...pausing,
      ...resuming,
      ...early(this.#plan),
    };
  }

  backward(): StateConfig {
    const description = 'Undoes what was done, last first';
    const last = this.#undone.at(-1);
    const states = this.#undone.map(
      ({ node, index }) => [node.name, this.#backwardNode(node, index)] as const,
    );
    const first = this.#undone[0]?.index ?? this.#plan.nodes.length;
    const undone = { always: [...this.#rewinds(-1, first), { target: this.#at('compensated') }] };
    return {
      description,
      on: { ...pausing, ...resuming, ...abandoningRewind },
      initial: last?.node.name ?? allUndone,
      states: { ...Object.fromEntries(states.toReversed()), [allUndone]: undone },
    };
  }

  parked(): StateConfig {
    return Object.fromEntries(
      this.#plan.nodes.flatMap((node, index) =>
        node.type === 'wait'
          ? [[node.name, this.#parkedWait(node, index)]]
          : membersOf(node).flatMap((step) => this.#parkedStep(step, node, index)),
      ),
    );
  }

  firstParked(): string {
    const node = this.#plan.nodes[0] as SagaNode;
    return node.type === 'group' ? (node.members[0]?.name ?? '') : node.name;
  }

  hook(name: keyof SagaPlan['hooks']): readonly NamedPart[] {
    return this.#plan.hooks[name] === undefined ? [] : [{ type: 'hook', params: { hook: name } }];
  }

  #forwardNode(node: SagaNode, index: number): StateConfig {
    const self = this.#at('running', node.name);
    if (node.type === 'wait') return waitState(node, this.#waitTargets(node, index));
    if (node.type === 'step')
      return forwardState(node, this.#forwardTargets(node, index, { self, isMember: false }));
    return {
      type: 'parallel',
      description: `${node.members.length} steps at the same time`,
      states: Object.fromEntries(
        node.members.map((step) => [
          step.name,
          forwardState(
            step,
            this.#forwardTargets(step, index, { self: `${self}.${step.name}`, isMember: true }),
          ),
        ]),
      ),
      onDone: { target: this.#after(index) },
    };
  }

  #forwardTargets(step: Step, index: number, place: { readonly self: string; readonly isMember: boolean }) {
    return {
      ...place,
      next: this.#after(index),
      backward: this.#backwardFrom(index),
      parked: this.#at('failed', parkedName(step, 'do')),
    };
  }

  #waitTargets({ name }: Wait, index: number) {
    return {
      next: this.#after(index),
      backward: this.#backwardFrom(index),
      parked: this.#at('failed', name),
    };
  }

  #parkedWait(wait: Wait, index: number): StateConfig {
    const { next, backward } = this.#waitTargets(wait, index);
    const self = this.#at('running', wait.name);
    return parkedWaitState(wait, { self, next, backward, abandoned: this.#at('abandoned') });
  }

  #backwardNode(node: SagaNode, index: number): StateConfig {
    const behind = this.#undone.find((undone) => undone.index > index)?.index;
    const to = {
      next: this.#undoBefore(index),
      self: this.#at('compensating', node.name),
      parked: (step: Step) => this.#at('failed', parkedName(step, 'undo')),
      rewinds: this.#rewinds(index, behind),
    };
    return node.type === 'group' ? backwardGroupState(node, to) : backwardState(node as Step, to);
  }

  /** To the nodes behind `index`, up to `last`, that a saga may be sent back to: what lies behind them is undone. */
  #rewinds(index: number, last = this.#plan.nodes.length) {
    const nodes = this.#plan.nodes.slice(index + 1, last + 1);
    const reachable = nodes.filter((node) => mayTurnBackFrom(this.#plan, node));
    return rewindArrows(reachable, (node) => this.#at('running', node));
  }

  #parkedStep(step: Step, node: SagaNode, index: number): (readonly [string, StateConfig])[] {
    const abandoned = this.#at('abandoned');
    const self = this.#at('running', node.name);
    const next = node.type === 'group' ? self : this.#after(index);
    const backward = this.#backwardFrom(index);
    const isCleared = node.type === 'step' && isTriedAnew(step, { backward });
    const clearing = isCleared ? `${self}.clearing` : undefined;
    const to = { self, next, backward, abandoned, clearing };
    const action = parkedActionState({ ...step, asks: asksFor(step) }, to);
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
    const node = this.#plan.nodes[index] as SagaNode;
    return mayTurnBackFrom(this.#plan, node) ? this.#undoBefore(index + 1) : undefined;
  }

  /** The last node before `index` that has something to undo. */
  #undoBefore(index: number): string {
    const found = this.#undone.findLast((undone) => undone.index < index);
    return this.#at('compensating', found === undefined ? allUndone : found.node.name);
  }

  #at(...path: readonly string[]): string {
    return `#${[this.#plan.name, ...path].join('.')}`;
  }
}
