import { deepStrictEqual } from 'node:assert/strict';
import { toRequest } from '../core/command.ts';
import type { SagaContext } from '../core/context.ts';
import { ringing } from '../core/pause.ts';
import { isSettled, stateText, statusOf } from '../core/snapshot.ts';
import { commandName, type SagaPlan } from '../core/steps.ts';
import type { JournalRow, SagaStatus } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';
import { decided } from '../proof/counterexample.ts';
import { type Guarantee, standing } from '../proof/effects.ts';
import type { Happening } from '../proof/happenings.ts';
import { type Breach, breachesBetween, breachesIn } from '../proof/properties.ts';
import { type Brings, Rehearsal } from '../proof/rehearsal.ts';
import { moverOf } from '../proof/saga-reading.ts';
import type { ModelCoverage } from './coverage.ts';

/** A saga to be tried. */
export interface GivenOptions {
  /** What it is started with, as it is. With it, the steps' input functions are called and may throw. */
  readonly input?: unknown;
  /** What participants guarantee; those left out have a barrier. */
  readonly participants?: Readonly<Record<string, Guarantee>>;
  /** Results of steps that succeed without more being said; `{ of: step }` when left out. */
  readonly results?: Readonly<Record<string, unknown>>;
  /** Guards (`when`) of these steps and waits say no and all others yes, whatever the input is. They decide themselves when left out. */
  readonly skips?: readonly string[];
  /** When it starts; ms since the epoch. */
  readonly now?: number;
  /** Told of the way that it went. */
  readonly coverage?: ModelCoverage;
}

/**
 * Something that happens: `charge.refused`, `charge.timeout`, `charge.answerLost` (it took effect, no answer came),
 * `charge.late` and then `charge.arrives`, `undoCharge.failed`, `cancel`, `deadline`, `resolve as refused`, `signal paid`.
 */
export type When = string | ({ readonly happening: string } & Brings);

/** What is expected in the end; what is left out may be anything. */
export interface Expected {
  readonly status?: SagaStatus;
  readonly state?: string;
  /** Commands in the order in which they were first sent: `charge`, `undoCharge`. */
  readonly asked?: readonly string[];
  /** Steps whose effects stand. */
  readonly done?: readonly string[];
  /** Steps whose effects were undone, in that order. */
  readonly undone?: readonly string[];
  readonly cause?: NonNullable<SagaContext['cause']>['type'] | null;
  /** The command that waits for a person. */
  readonly parked?: string | null;
  readonly results?: Readonly<Record<string, unknown>>;
  /** Virtual time from the start; ms. */
  readonly duration?: number;
  /** It is at a rest, or time will bring it on: nothing waits for ever. */
  readonly hasAlarm?: boolean;
}

/** How a try came out. */
export interface GivenEnd extends Required<Expected> {
  readonly context: SagaContext;
  /** As the engine would have written it. */
  readonly journal: readonly JournalRow[];
  /** What participants were sent, in order; nothing, where no input was given. */
  readonly requests: readonly SentRequest[];
}

/** A command as its participant sees it. */
export interface SentRequest {
  /** `charge`, `undoCharge`. */
  readonly name: string;
  readonly input: unknown;
}

/** A saga that begins; say what happens with `when`, and what comes of it with `then`. */
export function given(
  saga: { readonly plan: SagaPlan; readonly machine: unknown },
  options: GivenOptions = {},
): Given {
  return new Given(saga, options);
}

/** The most that may happen by itself between two things that are said. */
const mostTurns = 10_000;

/** A saga that is tried: its real machine, with participants that do as they are told, in virtual time. */
export class Given {
  readonly #plan: SagaPlan;
  readonly #options: GivenOptions;
  readonly #start: number;
  readonly #rehearsal: Rehearsal;
  readonly #breaches: (Breach & { readonly after: number })[] = [];
  readonly #happened: string[] = [];
  readonly #undone: string[] = [];
  /** Steps whose commands were left on their way. */
  readonly #wasLate = new Set<string>();
  /** Commands as participants see them, in order. */
  readonly #requests: SentRequest[] = [];

  /** Use `given`. */
  constructor(
    { plan, machine }: { readonly plan: SagaPlan; readonly machine: unknown },
    options: GivenOptions,
  ) {
    const { skips, now = 0 } = options;
    this.#plan = skips === undefined ? plan : decided(plan, skips);
    this.#options = options;
    this.#start = now;
    const own = skips === undefined ? { machine: machine as SagaLogic['machine'] } : {};
    this.#rehearsal = new Rehearsal({ ...options, ...own, plan: this.#plan });
    this.#send();
  }

  /** What happens, in order. Between these, commands that are asked succeed and timers ring. Throws `Error` for what cannot happen. */
  when(...happenings: readonly When[]): this {
    for (const one of happenings) this.#letHappen(typeof one === 'string' ? { happening: one } : one);
    return this;
  }

  /**
   * Lets the saga go on to its rest, everything going well, and whatever is late arrive. Throws `AssertionError` when
   * it did not come out as expected, and `Error` when it left effects behind, or broke another of the properties.
   */
  // Given, when, then is how such tests read; whoever awaits one by mistake is told.
  // oxlint-disable-next-line unicorn/no-thenable
  then(expected: Expected = {}): GivenEnd {
    if (typeof expected === 'function')
      throw new TypeError('given(…).when(…) is no promise: call .then({ … }) with what you expect');
    while (!isSettled(statusOf(this.#rehearsal.snapshot))) if (!this.#goOn()) break;
    for (let late = this.#late(); late !== undefined; late = this.#late()) this.#take(late);
    this.#options.coverage?.add(this.#rehearsal.journal);
    this.#checkSound();
    const end = this.#end();
    const actual = Object.fromEntries(Object.keys(expected).map((key) => [key, end[key as keyof Expected]]));
    deepStrictEqual(actual, { ...expected });
    return end;
  }

  #letHappen({ happening, ...brings }: { readonly happening: string } & Brings): void {
    // A barrier took it in already: that it arrives makes no difference.
    if (
      happening.endsWith('.arrives') &&
      this.#wasLate.has(happening.split('.')[0] ?? '') &&
      this.#late() === undefined
    )
      return;
    for (let turns = 0; turns < mostTurns; turns += 1) {
      const found = this.#rehearsal.possible().find(({ name }) => name === happening);
      if (found !== undefined) return this.#take(found, brings);
      if (!this.#goOn(happening)) break;
    }
    const possible = this.#rehearsal.possible().map(({ name }) => name);
    throw new Error(
      `'${happening}' cannot happen in ${stateText(this.#rehearsal.snapshot)}, after ${this.#happened.join(', ') || 'the start'}; possible is ${possible.join(', ') || 'nothing'}`,
    );
  }

  /** The next thing that goes well: an answer, else the earliest timer. `false`: nothing happens by itself. */
  #goOn(wanted = ''): boolean {
    const possible = this.#rehearsal.possible();
    const { timers } = this.#rehearsal.snapshot;
    const step = wanted.split('.')[0] ?? '';
    const answers = possible.filter(
      (one) => moverOf(one) === 'answer' && /\.(?:succeeded|sealed|refused)$/.test(one.name),
    );
    const goesWell = (one: Happening) => one.name.endsWith('.succeeded') || one.name.endsWith('.sealed');
    const answer =
      answers.filter(goesWell).find(({ name }) => !name.startsWith(`${step}.`)) ??
      answers.find(goesWell) ??
      answers[0];
    const due = (one: Happening) => timers[one.event?.type ?? ''] ?? Number.POSITIVE_INFINITY;
    const [timer] = possible
      .filter((one) => moverOf(one) === 'time' && one.name !== 'deadline')
      .toSorted((a, b) => due(a) - due(b));
    const next = answer ?? timer;
    if (next === undefined) return false;
    this.#take(next);
    return true;
  }

  #late(): Happening | undefined {
    return this.#rehearsal.possible().find((one) => moverOf(one) === 'arrival');
  }

  #take(happening: Happening, brings: Brings = {}): void {
    const before = this.#rehearsal.facts;
    const { command } = happening;
    const result = this.#resultOf(happening);
    const isTaken = this.#rehearsal.take(happening, {
      ...(result === undefined ? {} : { result }),
      ...brings,
    });
    if (!isTaken) throw new Error(`the machine has no arrow for '${happening.name}'`);
    this.#happened.push(happening.name);
    if (happening.name.endsWith('.late') && command !== undefined) this.#wasLate.add(command.step);
    this.#send();
    const after = this.#rehearsal.facts;
    if (command?.op === 'undo') {
      const undone = after.steps.find(
        ({ name, effect }, index) =>
          name === command.step && effect.undone > (before.steps[index]?.effect.undone ?? 0),
      );
      if (undone !== undefined) this.#undone.push(undone.name);
    }
    for (const breach of [...breachesBetween(before, after), ...breachesIn(after)])
      this.#breaches.push({ ...breach, after: this.#happened.length });
  }

  #resultOf({ name, command }: Happening): unknown {
    if (command === undefined || command.op === 'undo' || !name.endsWith('.succeeded')) return undefined;
    return this.#options.results?.[command.step] ?? { of: command.step };
  }

  /** Calls the input functions of what was sent since the last time. */
  #send(): void {
    if (!('input' in this.#options)) return;
    const { context } = this.#rehearsal.snapshot.state;
    for (const command of this.#rehearsal.commands.slice(this.#requests.length)) {
      const { body } = toRequest(this.#plan, command, { tenant: 'default', context, deadline: 0 });
      this.#requests.push({ name: command.name, input: body.input });
    }
  }

  #checkSound(): void {
    const [first] = this.#breaches;
    if (first === undefined) return;
    const story = this.#happened.slice(0, first.after).map((name, index) => `  ${index + 1}. ${name}`);
    throw new Error(`${first.what}:\n${story.join('\n')}`);
  }

  #end(): GivenEnd {
    const { snapshot, commands, journal, facts, now } = this.#rehearsal;
    const { context } = snapshot.state;
    return {
      status: statusOf(snapshot),
      state: stateText(snapshot),
      asked: [...new Set(commands.map(({ step, op }) => commandName(step, op)))],
      done: facts.steps.filter(({ effect }) => standing(effect) > 0).map(({ name }) => name),
      undone: this.#undone,
      cause: context.cause?.type ?? null,
      parked: context.parked?.command ?? null,
      results: context.results,
      duration: now - this.#start,
      hasAlarm: isSettled(statusOf(snapshot)) || Object.keys(ringing(snapshot)).length > 0,
      context,
      journal,
      requests: this.#requests,
    };
  }
}
