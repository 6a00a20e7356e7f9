import { toCommand } from '../core/command.ts';
import { owesUndo, type SagaContext, type StepRecord } from '../core/context.ts';
import { toMachine } from '../core/machine.ts';
import { isHeld } from '../core/pause.ts';
import { isClosed, type SagaSnapshot, statusOf, type StoredSnapshot } from '../core/snapshot.ts';
import { placeIn } from '../core/upgrade.ts';
import { commandName, type SagaPlan, stepsOf, waitsOf } from '../core/steps.ts';
import type { SagaStatus } from '../core/store.ts';
import { advance, awaitedCommands, begin, type SagaEvent, type SagaLogic } from '../core/transition.ts';
import { foldedPlan, GuardOracle } from './folded-plan.ts';
import type { CommandOf } from './command-of.ts';
import { MachineKeys } from './machine-key.ts';
import type { SagaAfter } from './scene-effects.ts';

/** A state of the generated machine, standing for all that behave like it. */
export interface MachineState {
  /** Counts from 0. */
  readonly id: number;
  readonly snapshot: SagaSnapshot;
  readonly status: SagaStatus;
  readonly isOverridden: boolean;
  readonly isPaused: boolean;
  /** The saga turned back. */
  readonly isBackward: boolean;
  /** Steps that have, or may have, an effect that is not undone. */
  readonly owed: ReadonlySet<string>;
  /** Commands whose answers somebody waits for. */
  readonly awaited: readonly CommandOf[];
}

/** What an event is told by. */
interface Happened {
  readonly name: string;
  /** What it is an answer to, or the end of. */
  readonly command?: CommandOf;
}

/** Where an event leads to, and what the saga is about there. */
export interface MachineMove extends SagaAfter {
  readonly to: MachineState;
}

/** The generated machine with few attempts and guards that may say anything, walked state by state; remembers every move. */
export class MachineWalk {
  readonly plan: SagaPlan;
  readonly #logic: SagaLogic;
  readonly #oracle = new GuardOracle();
  readonly #hasGuards: boolean;
  readonly #keys: MachineKeys;
  readonly #states = new Map<string, MachineState>();
  readonly #moves = new Map<string, readonly MachineMove[]>();

  /** `most`: attempts of a command that are told apart. */
  constructor(plan: SagaPlan, most?: number) {
    this.plan = foldedPlan(plan, this.#oracle, most);
    this.#logic = { plan: this.plan, machine: toMachine(this.plan) };
    this.#keys = new MachineKeys(this.plan);
    this.#hasGuards = [...stepsOf(plan), ...waitsOf(plan)].some(({ when }) => when !== undefined);
  }

  /** The machine that is walked. */
  get machine(): SagaLogic['machine'] {
    return this.#logic.machine;
  }

  /** Where the saga may begin. */
  starts(): readonly MachineState[] {
    const start = () => begin(this.#logic, { id: 'proof', input: {}, now: 0 }).snapshot;
    return [...new Set(this.#oracle.forEach(new Set(), start).map((snapshot) => this.#intern(snapshot)))];
  }

  /** A stored saga, as it is; `undefined`: the machine has no such state. */
  at(stored: StoredSnapshot): MachineState | undefined {
    const snapshot = placeIn(this.#logic, stored);
    return snapshot === undefined ? undefined : this.#intern(snapshot);
  }

  /**
   * Where a happening may lead to; nowhere: the machine has no arrow for it there. In one state a timer's type, and the
   * name of anything else, say all there is to an event, which comes without its attempt.
   */
  next(from: MachineState, event: SagaEvent, { name, command }: Happened): readonly MachineMove[] {
    const isTimer = event.type.startsWith('xstate.after.');
    const key = `${from.id} ${isTimer ? event.type : name}`;
    const known = this.#moves.get(key);
    if (known !== undefined) return known;
    const moves = this.#take(from, stamped(event, from.snapshot, isTimer ? undefined : command));
    this.#moves.set(key, moves);
    return moves;
  }

  #take({ snapshot }: MachineState, event: SagaEvent): readonly MachineMove[] {
    const at = { now: 0, deadline: this.plan.timeout };
    const run = () => advance(this.#logic, snapshot, event, at);
    const taken = this.#hasGuards ? this.#oracle.forEach(dispatched(snapshot), run) : [run()];
    const moves = taken.flatMap((move) => {
      if (move === undefined) return [];
      const to = this.#intern(move.snapshot);
      const asked = move.commands.filter(({ op }) => op === 'do').map(({ step }) => step);
      const { awaited, isBackward, owed } = to;
      const renewed = renewedSteps(this.plan, snapshot, move.snapshot);
      return [{ to, asked, renewed, awaited, isBackward, owed }];
    });
    if (moves.length < 2) return moves;
    return [...new Map(moves.map((move) => [`${move.to.id} ${move.renewed.join()}`, move])).values()];
  }

  #intern(snapshot: SagaSnapshot): MachineState {
    const key = this.#keys.of(snapshot);
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const status = statusOf(snapshot);
    const state = {
      id: this.#states.size,
      owed: owedIn(this.plan, snapshot),
      snapshot,
      status,
      isBackward: this.#keys.isBackward(snapshot),
      isPaused: snapshot.state.context.paused !== undefined,
      isOverridden: snapshot.state.context.overridden === true,
      awaited: isClosed(status) ? [] : awaitedIn(this.plan, snapshot),
    };
    this.#states.set(key, state);
    return state;
  }
}

/** The event as an answer to the attempt that is under way. */
export function stamped(
  event: SagaEvent,
  { state }: SagaSnapshot,
  command: CommandOf | undefined,
): SagaEvent {
  if (command === undefined) return event;
  const { step, op, attempt, generation } = toCommand(state.context, command);
  return { ...event, step, op, attempt, generation } as SagaEvent;
}

/** Commands that are asked, and actions that are left to end while the saga already turned back. */
export function awaitedIn(plan: SagaPlan, snapshot: SagaSnapshot): readonly CommandOf[] {
  const { state } = snapshot;
  const asked = awaitedCommands(snapshot)
    .filter((command) => !isHeld(state.context, command))
    .map(({ step, op }) => ({ step, op }));
  const left = stepsOf(plan).filter(
    ({ name }) =>
      state.context.steps[name]?.inFlight === true &&
      !asked.some((other) => other.step === name) &&
      state.can({ type: `${commandName(name, 'do')}.succeeded` } as never),
  );
  return [...asked, ...left.map(({ name }) => ({ step: name, op: 'do' as const }))];
}

/** Steps that have, or may have, an effect that is not undone. */
export function owedIn(plan: SagaPlan, { state: { context } }: SagaSnapshot): ReadonlySet<string> {
  const owes = ({ name }: { readonly name: string }) =>
    context.steps[name]?.inFlight === true || owesUndo(context, name);
  return new Set(
    stepsOf(plan)
      .filter(owes)
      .map(({ name }) => name),
  );
}

/** Steps that were asked for: their guards had said yes. */
function dispatched({ state }: SagaSnapshot): ReadonlySet<string> {
  const isAsked = ([, { attempts, status }]: readonly [string, StepRecord]) =>
    attempts.do !== undefined && status !== 'compensated';
  return new Set(
    Object.entries(state.context.steps)
      .filter(isAsked)
      .map(([name]) => name),
  );
}

/** Steps whose actions are asked for under a new key since then. */
export function renewedSteps(plan: SagaPlan, before: SagaSnapshot, after: SagaSnapshot): readonly string[] {
  const { context: former } = before.state;
  const { context } = after.state;
  const isRenewed = ({ name }: { readonly name: string }) =>
    (context.steps[name] !== former.steps[name] || context.generations !== former.generations) &&
    generationOf(context, name) > generationOf(former, name);
  return stepsOf(plan).flatMap((step) => (isRenewed(step) ? [step.name] : []));
}

/** Of a step that was undone to be run again, that of its next run. */
function generationOf({ steps, generations }: SagaContext, step: string): number {
  return steps[step]?.generation ?? generations?.[step] ?? 1;
}
