import { toMachine } from '../core/machine.ts';
import { waitIn } from '../core/operator-lines.ts';
import { isSettled, stateText, statusOf } from '../core/snapshot.ts';
import { commandName, isForwardOnly, type SagaPlan, type Step, stepsOf } from '../core/steps.ts';
import type { SagaStatus } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';
import { withNodes } from './folded-plan.ts';
import { MachineKeys } from './machine-key.ts';
import { Rehearsal } from './rehearsal.ts';
import { moverOf } from './saga-reading.ts';
import { operationText } from './words.ts';

/** What a saga does when a step does not succeed, everything before it having gone well. */
export interface RollbackCase {
  readonly step: string;
  /** `refused`: a definite no. `unclear`: no answer to any attempt. */
  readonly when: 'refused' | 'unclear';
  /** Steps whose undo is asked for, in that order. */
  readonly undoes: readonly string[];
  readonly ends: SagaStatus;
  /** The same in words. */
  readonly text: string;
}

/** The plan with guards that all say yes, and its machine. */
export function unguarded(plan: SagaPlan): SagaLogic {
  const always = withNodes(plan, {
    step: (step) => ({ ...step, when: step.when && (() => true) }),
    wait: (wait) => ({ ...wait, when: wait.when && (() => true) }),
  });
  return { plan: always, machine: toMachine(always) };
}

/** What would be undone, step by step: found by letting the generated machine do it. `logic`: of the plan, `unguarded`. */
export function rollbackPlan(
  plan: SagaPlan,
  logic: Pick<SagaLogic, 'plan' | 'machine'> = unguarded(plan),
): readonly RollbackCase[] {
  const { plan: always } = logic;
  const asked = firstAsked(logic);
  const ways = new WaysBack(always);
  return stepsOf(always).flatMap((step) =>
    (['refused', 'unclear'] as const).map((when) => {
      const rehearsal = asked.get(step.name)?.fork() ?? new Rehearsal(logic);
      const { undoes, ends } = ways.from(rehearsal, step, when === 'refused' ? 'refused' : 'unreadable');
      return { step: step.name, when, undoes, ends, text: textOf(always, step, { when, undoes, ends }) };
    }),
  );
}

/** No saga takes that many turns to come to a rest. */
const mostTurns = 10_000;

/** The saga as it is when each step is first asked for, everything before having gone well. */
function firstAsked(logic: Pick<SagaLogic, 'plan' | 'machine'>): ReadonlyMap<string, Rehearsal> {
  const trunk = new Rehearsal(logic);
  const asked = new Map<string, Rehearsal>();
  for (let turns = 0; turns < mostTurns; turns += 1) {
    const underWay = trunk.awaited.filter(({ step, op }) => op === 'do' && !asked.has(step));
    for (const { step } of underWay) asked.set(step, trunk.fork());
    if (isSettled(statusOf(trunk.snapshot)) || !goOn(trunk)) break;
  }
  return asked;
}

/** What is still undone from a moment on, and how it ends. */
type WayBack = Pick<RollbackCase, 'undoes' | 'ends'>;

/** Lets sagas go on to their rest; from where one has been, the next goes the same way. */
class WaysBack {
  readonly #keys: MachineKeys;
  readonly #known = new Map<string, WayBack>();

  constructor(plan: SagaPlan) {
    this.#keys = new MachineKeys(plan);
  }

  /** `ending`: how each attempt of the step's action ends. One that cannot be read says as little as none, and is the last. */
  from(rehearsal: Rehearsal, step: Step, ending: string): WayBack {
    const passed: { readonly key: string; readonly sent: number }[] = [];
    const sent = () => rehearsal.commands.length;
    let way: WayBack | undefined;
    for (let turns = 0; turns < mostTurns && way === undefined; turns += 1) {
      const key = this.#keyOf(rehearsal);
      way = key === undefined ? undefined : this.#known.get(key);
      if (way !== undefined) break;
      if (key !== undefined) passed.push({ key, sent: sent() });
      const isAtRest = isSettled(statusOf(rehearsal.snapshot)) || !goOn(rehearsal, step, ending);
      if (isAtRest) way = { undoes: [], ends: statusOf(rehearsal.snapshot) };
    }
    const { undoes = [], ends = statusOf(rehearsal.snapshot) } = way ?? {};
    const undoneSince = (from: number) => [
      ...new Set([
        ...rehearsal.commands
          .slice(from)
          .filter(({ op }) => op === 'undo')
          .map((command) => command.step),
        ...undoes,
      ]),
    ];
    for (const one of passed) this.#known.set(one.key, { undoes: undoneSince(one.sent), ends });
    return { undoes: undoneSince(0), ends };
  }

  /** Only of a saga that turned back, and waits for no action: nothing goes wrong any more. */
  #keyOf({ snapshot, awaited }: Rehearsal): string | undefined {
    const isBack = this.#keys.isBackward(snapshot) && awaited.every(({ op }) => op === 'undo');
    return isBack ? this.#keys.of(snapshot) : undefined;
  }
}

/** The next thing: what goes wrong with the step, else what goes well, else time. */
function goOn(rehearsal: Rehearsal, step?: Step, ending = ''): boolean {
  // Where it waits for a signal that comes, however soon it would give up.
  const isWaiting = waitIn(stateText(rehearsal.snapshot)) !== undefined;
  const possible = rehearsal.possible({ byPeople: isWaiting });
  const name = step === undefined ? '' : commandName(step.name, 'do');
  const isWrong = possible.find((one) => step !== undefined && one.name === `${name}.${ending}`);
  const isWell = possible.find(
    (one) => /\.(?:succeeded|sealed|refused)$/.test(one.name) && moverOf(one) === 'answer',
  );
  const next =
    isWrong ??
    isWell ??
    possible.find((one) => one.name.startsWith('signal ')) ??
    possible.find((one) => moverOf(one) === 'time' && one.name !== 'deadline');
  return next !== undefined && rehearsal.take(next);
}

function textOf(
  plan: SagaPlan,
  step: Step,
  { when, undoes, ends }: Pick<RollbackCase, 'when' | 'undoes' | 'ends'>,
): string {
  const head =
    when === 'refused' ? `If ${step.name} is refused` : `If it stays unclear whether ${step.name} was done`;
  const steps = new Map(stepsOf(plan).map((one) => [one.name, one]));
  const undos = undoes.map((name) => `${operationText(steps.get(name) as Step, 'undo')} undoes ${name}`);
  if (ends === 'failed')
    return `${head}: ${undos.length === 0 ? '' : `${undos.join(', then ')}; then `}the saga waits for a person.`;
  if (ends === 'completed') {
    const how = isForwardOnly(step)
      ? 'it is asked until that is known, and the saga goes on'
      : 'the saga goes on';
    return `${head}: ${how}.`;
  }
  return `${head}: ${undos.length === 0 ? 'nothing has to be undone' : undos.join(', then ')}.`;
}
