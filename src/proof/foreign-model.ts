import type { SagaStatus } from '../core/store.ts';
import {
  arrive,
  type Effect,
  type Guarantees,
  type Hazard,
  leftBehind,
  refuse,
  untouched,
} from './effects.ts';
import type { Arrow, Model } from './explore.ts';
import type { Facts, Mover } from './facts.ts';
import type { ForeignSaga, ForeignStep } from './foreign-saga.ts';

/** Where a foreign saga is. */
export interface ForeignState {
  readonly status: SagaStatus;
  /** The step that is asked for, or undone. */
  readonly step: string | null;
  /** Counts from 1, up to the last one. */
  readonly attempt: number;
  /** Steps whose undos are registered and did not run, in the order of registration. */
  readonly registered: readonly string[];
  readonly passedOver: readonly string[];
  readonly effects: Readonly<Record<string, Effect>>;
}

/** One thing that may happen to a foreign saga; named like those of ours. */
export interface ForeignHappening {
  readonly name: string;
  readonly text: string;
  readonly mover: Mover;
  readonly step?: string;
  readonly hazard?: Hazard;
}

type ForeignArrow = Arrow<ForeignState, ForeignHappening>;

/** Everything that can happen to a foreign saga and those it asks. */
export class ForeignModel implements Model<ForeignState, ForeignHappening> {
  readonly #saga: ForeignSaga;
  readonly #steps: ReadonlyMap<string, ForeignStep>;

  constructor(saga: ForeignSaga) {
    this.#saga = saga;
    this.#steps = new Map(saga.steps.map((step) => [step.name, step]));
  }

  get starts(): readonly ForeignState[] {
    const nothing = { step: null, attempt: 1, registered: [], passedOver: [], effects: {} };
    return [this.#ask(0, { ...nothing, status: 'running' })];
  }

  keyOf(state: ForeignState): string {
    return JSON.stringify(state);
  }

  arrows(state: ForeignState): readonly ForeignArrow[] {
    const arrivals = this.#arrivals(state);
    const step = this.#steps.get(state.step ?? '');
    if (step === undefined) return arrivals;
    const ends = state.status === 'running' ? this.#actionEnds(state, step) : this.#undoEnds(state, step);
    const cancel: readonly ForeignArrow[] =
      state.status === 'running' && this.#saga.isCancellable === true
        ? [
            {
              happening: { name: 'cancel', text: 'Somebody cancels the saga.', mover: 'person' },
              to: this.#turnBack(this.#leave(state, step)),
            },
          ]
        : [];
    return [...ends, ...cancel, ...arrivals];
  }

  /** Small enough to be explored to the end. */
  isBroken(): boolean {
    return false;
  }

  /** What the properties look at. */
  factsOf({ status, effects, passedOver }: ForeignState): Facts {
    return {
      status,
      isOverridden: false,
      isPaused: false,
      steps: this.#saga.steps
        .filter(({ kind }) => kind !== 'readonly')
        .map((step, rank) => ({
          name: step.name,
          effect: effects[step.name] ?? untouched,
          isUndoable: step.kind !== 'pivot',
          isForwardOnly: step.kind === 'pivot',
          isSkipped: passedOver.includes(step.name),
          rank,
        })),
    };
  }

  #actionEnds(state: ForeignState, step: ForeignStep): readonly ForeignArrow[] {
    const { name, mayRefuse = true, hasTimeout = true } = step;
    const before = state.effects[name] ?? untouched;
    const guarantees = guaranteesOf(step);
    const arrival = arrive(before, 'do', guarantees);
    const hazard = arrival.hazard === undefined ? {} : { hazard: arrival.hazard };
    const refused = refuse(before, guarantees);
    const end = (
      ending: string,
      text: string,
      effect: Effect,
      to: (next: ForeignState) => ForeignState,
      mover: Mover,
      more = {},
    ): ForeignArrow => ({
      happening: { name: `${name}.${ending}`, text, mover, step: name, ...more },
      to: to({ ...state, effects: { ...state.effects, [name]: effect } }),
    });
    const again = (next: ForeignState) => this.#again(next, step);
    const isRefused = arrival.answer === 'refused';
    return [
      ...(isRefused
        ? []
        : [
            end(
              'succeeded',
              `${name} is done, and answered.`,
              arrival.effect,
              (next) => this.#succeed(next, step),
              'answer',
              hazard,
            ),
          ]),
      ...(mayRefuse && refused !== undefined
        ? [end('refused', `${name} is refused.`, refused, (next) => this.#fail(next, step), 'answer')]
        : []),
      ...(hasTimeout
        ? [
            end(
              'answerLost',
              `${name} is done, but its answer is lost.`,
              arrival.effect,
              again,
              'time',
              hazard,
            ),
            end('timeout', `The request for ${name} is lost on its way.`, before, again, 'time'),
            end(
              'late',
              `No answer for ${name} in time; the request is still on its way.`,
              leftBehind(before, guarantees),
              again,
              'time',
            ),
          ]
        : []),
    ];
  }

  #undoEnds(state: ForeignState, step: ForeignStep): readonly ForeignArrow[] {
    const { name, hasTimeout = true } = step;
    const before = state.effects[name] ?? untouched;
    const arrival = arrive(before, 'undo', guaranteesOf(step));
    const hazard = arrival.hazard === undefined ? {} : { hazard: arrival.hazard };
    const happening = (ending: string, text: string, mover: Mover, more = {}) => ({
      name: `undo ${name}.${ending}`,
      text,
      mover,
      step: name,
      ...more,
    });
    const with_ = (effect: Effect) => ({ ...state, effects: { ...state.effects, [name]: effect } });
    return [
      {
        happening: happening('succeeded', `${name} is undone, and that is answered.`, 'answer', hazard),
        to: this.#undoNext(with_(arrival.effect)),
      },
      {
        happening: happening('refused', `Undoing ${name} is refused.`, 'answer'),
        to: this.#undoFails(state),
      },
      ...(hasTimeout
        ? [
            {
              happening: happening(
                'answerLost',
                `${name} is undone, but the answer is lost.`,
                'time',
                hazard,
              ),
              to: this.#undoAgain(with_(arrival.effect), step),
            },
            {
              happening: happening('timeout', `The request to undo ${name} is lost on its way.`, 'time'),
              to: this.#undoAgain(state, step),
            },
          ]
        : []),
    ];
  }

  #arrivals(state: ForeignState): readonly ForeignArrow[] {
    return Object.entries(state.effects).flatMap(([name, effect]) => {
      const step = this.#steps.get(name);
      if (!effect.isLate || step === undefined) return [];
      const { effect: after } = arrive({ ...effect, isLate: false }, 'do', guaranteesOf(step));
      const happening = {
        name: `${name}.arrives`,
        text: `Late, the request for ${name} arrives.`,
        mover: 'arrival',
        step: name,
      } as const;
      return [{ happening, to: { ...state, effects: { ...state.effects, [name]: after } } }];
    });
  }

  #ask(index: number, state: ForeignState): ForeignState {
    const step = this.#saga.steps[index];
    if (step === undefined) return { ...state, status: 'completed', step: null, attempt: 1 };
    const registered = step.undo === 'before' ? [...state.registered, step.name] : state.registered;
    return { ...state, step: step.name, attempt: 1, registered };
  }

  #succeed(state: ForeignState, step: ForeignStep): ForeignState {
    const registered = step.undo === 'after' ? [...state.registered, step.name] : state.registered;
    return this.#ask(this.#saga.steps.indexOf(step) + 1, { ...state, registered });
  }

  #again(state: ForeignState, step: ForeignStep): ForeignState {
    return state.attempt < (step.attempts ?? 1)
      ? { ...state, attempt: state.attempt + 1 }
      : this.#fail(state, step);
  }

  #fail(state: ForeignState, step: ForeignStep): ForeignState {
    if (step.onFailure !== 'continue') return this.#turnBack(state);
    return this.#ask(this.#saga.steps.indexOf(step) + 1, {
      ...state,
      passedOver: [...state.passedOver, step.name],
    });
  }

  #leave(state: ForeignState, step: ForeignStep): ForeignState {
    const effect = leftBehind(state.effects[step.name] ?? untouched, guaranteesOf(step));
    return { ...state, effects: { ...state.effects, [step.name]: effect } };
  }

  #turnBack(state: ForeignState): ForeignState {
    return this.#undoNext({ ...state, status: 'compensating', step: null });
  }

  /** The undo that is at hand is over; the next one. */
  #undoNext(state: ForeignState): ForeignState {
    const left = state.registered.filter((name) => name !== state.step);
    const next = this.#saga.undoes === 'forward' ? left[0] : left.at(-1);
    if (next === undefined)
      return { ...state, status: 'compensated', step: null, attempt: 1, registered: [] };
    return { ...state, step: next, attempt: 1, registered: left };
  }

  #undoAgain(state: ForeignState, step: ForeignStep): ForeignState {
    return state.attempt < (step.undoAttempts ?? 1)
      ? { ...state, attempt: state.attempt + 1 }
      : this.#undoFails(state);
  }

  #undoFails(state: ForeignState): ForeignState {
    const { onUndoFailure = 'person' } = this.#saga;
    if (onUndoFailure === 'ignore') return this.#undoNext(state);
    return onUndoFailure === 'forever'
      ? { ...state, attempt: 1 }
      : { ...state, status: 'failed', step: null, attempt: 1 };
  }
}

function guaranteesOf({ guarantee = 'idempotent' }: ForeignStep): Guarantees {
  return { action: guarantee, undo: guarantee, isShared: true };
}
