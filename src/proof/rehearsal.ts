import type { Command } from '../core/command.ts';
import { toMachine } from '../core/machine.ts';
import { type SagaSnapshot, stateText, statusOf } from '../core/snapshot.ts';
import type { SagaPlan } from '../core/steps.ts';
import type { JournalRow } from '../core/store.ts';
import { advance, begin, type Move, type SagaEvent, type SagaLogic } from '../core/transition.ts';
import type { Guarantee, Guarantees } from './effects.ts';
import type { Facts } from './facts.ts';
import { type Happening, happeningsIn } from './happenings.ts';
import type { CommandOf } from './command-of.ts';
import { awaitedIn, owedIn, renewedSteps, stamped } from './machine-walk.ts';
import { type Effects, effectsAfter, guaranteesOf } from './scene-effects.ts';
import { factsOf } from './saga-facts.ts';

/** A saga to go through by hand. */
export interface RehearsalOptions {
  readonly plan: SagaPlan;
  /** Generated from the plan when left out. */
  readonly machine?: SagaLogic['machine'];
  readonly input?: unknown;
  /** What participants guarantee; those left out have a barrier. */
  readonly participants?: Readonly<Record<string, Guarantee>>;
  readonly id?: string;
  /** When it starts; ms since the epoch. Default 0. */
  readonly now?: number;
}

/** What a happening may bring, besides what its name says. */
export interface Brings {
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  /** Of a signal. */
  readonly data?: unknown;
  /** Of a retry: the command's input from now on. */
  readonly input?: unknown;
  /** Of an answer: the command was sent again after a takeover, so that the first sending may have arrived, too. */
  readonly resent?: boolean;
  /** Of "in progress": when to ask again; ms. */
  readonly retryAfter?: number;
  /** Of a pause: commands that were not sent yet. */
  readonly unsent?: readonly string[];
}

/** One saga and its participants, going one way: what happens is chosen from outside, the real machine decides. No I/O. */
export class Rehearsal {
  readonly #logic: SagaLogic;
  readonly #guarantees: Readonly<Record<string, Guarantees>>;
  readonly #deadline: number | undefined;
  readonly #journal: JournalRow[];
  readonly #commands: Command[];
  #snapshot: SagaSnapshot;
  /** Found out when first asked for. */
  #awaited: readonly CommandOf[] | undefined;
  #effects: Effects;
  #now: number;

  constructor(options: RehearsalOptions | Rehearsal) {
    if (options instanceof Rehearsal) {
      this.#logic = options.#logic;
      this.#guarantees = options.#guarantees;
      this.#deadline = options.#deadline;
      this.#journal = [...options.#journal];
      this.#commands = [...options.#commands];
      this.#snapshot = options.#snapshot;
      this.#awaited = options.#awaited;
      this.#effects = options.#effects;
      this.#now = options.#now;
      return;
    }
    const { plan, machine = toMachine(plan), input = {}, participants = {}, id = 'saga', now = 0 } = options;
    this.#logic = { plan, machine };
    this.#guarantees = guaranteesOf(plan, participants);
    this.#deadline = plan.timeout === undefined ? undefined : now + plan.timeout;
    this.#now = now;
    this.#journal = [];
    this.#commands = [];
    this.#effects = {};
    const move = begin(this.#logic, { id, input, now });
    this.#snapshot = move.snapshot;
    this.#note(move, { type: 'start', input });
  }

  /** Another one that came the same way, to go on by itself. */
  fork(): Rehearsal {
    return new Rehearsal(this);
  }

  get snapshot(): SagaSnapshot {
    return this.#snapshot;
  }

  /** The journal as the engine would have written it. */
  get journal(): readonly JournalRow[] {
    return this.#journal;
  }

  /** Every command that was sent, in order. */
  get commands(): readonly Command[] {
    return this.#commands;
  }

  /** Virtual; ms since the epoch. */
  get now(): number {
    return this.#now;
  }

  /** What the participants did. */
  get effects(): Effects {
    return this.#effects;
  }

  /** The saga as the properties see it. */
  get facts(): Facts {
    const { context } = this.#snapshot.state;
    const isOverridden = context.overridden === true;
    return factsOf(this.#logic.plan, {
      snapshot: this.#snapshot,
      effects: this.#effects,
      isOverridden,
      isPaused: context.paused !== undefined,
      status: statusOf(this.#snapshot),
    });
  }

  /** Commands whose answers somebody waits for. */
  get awaited(): readonly CommandOf[] {
    this.#awaited ??= awaitedIn(this.#logic.plan, this.#snapshot);
    return this.#awaited;
  }

  /** What may happen next: by itself, and, which takes longer to find out, by people. */
  possible({ byPeople = true }: { readonly byPeople?: boolean } = {}): readonly Happening[] {
    return happeningsIn({
      ...(byPeople ? {} : { people: [] }),
      plan: this.#logic.plan,
      snapshot: this.#snapshot,
      awaited: this.awaited,
      effects: this.#effects,
      guarantees: this.#guarantees,
      isVerbose: true,
    });
  }

  /** Lets time pass, up to `until` (ms since the epoch), without anything happening. */
  wait(until: number): void {
    this.#now = Math.max(this.#now, until);
  }

  /** Lets one of the possible things happen. `false`: the machine has no arrow for it. */
  take(happening: Happening, brings: Brings = {}): boolean {
    const { plan } = this.#logic;
    const { awaited } = this;
    const scene = { effects: this.#effects, awaited, guarantees: this.#guarantees };
    if (happening.event === undefined) {
      this.#effects = effectsAfter(scene, happening, { ...this.#about(), asked: [], renewed: [] });
      return true;
    }
    const isAnswer = happening.command !== undefined && !happening.event.type.startsWith('xstate.after.');
    const told = { ...happening.event, ...brings } as SagaEvent;
    const event = stamped(told, this.#snapshot, isAnswer ? happening.command : undefined);
    const at = Math.max(this.#now, this.#snapshot.timers[event.type] ?? 0);
    const before = this.#snapshot;
    const move = advance(this.#logic, before, event, { now: at, deadline: this.#deadline });
    if (move === undefined) return false;
    this.#now = at;
    this.#snapshot = move.snapshot;
    this.#awaited = undefined;
    const asked = move.commands.filter(({ op }) => op === 'do').map(({ step }) => step);
    const renewed = renewedSteps(plan, before, move.snapshot);
    this.#effects = effectsAfter(scene, { ...happening, event }, { ...this.#about(), asked, renewed });
    this.#note(move, { ...event });
    return true;
  }

  #about() {
    const { plan } = this.#logic;
    return {
      awaited: this.awaited,
      // Nothing is forgotten here: people want to read what became of each step.
      isBackward: false,
      owed: owedIn(plan, this.#snapshot),
    };
  }

  #note(
    { snapshot, commands }: Move,
    { type, ...data }: { readonly type: string; readonly [key: string]: unknown },
  ): void {
    this.#commands.push(...commands);
    this.#journal.push({
      seq: this.#journal.length + 1,
      type,
      data: JSON.stringify(data),
      status: statusOf(snapshot),
      state: stateText(snapshot),
      at: this.#now,
      txId: `rehearsed-${this.#journal.length + 1}`,
    });
  }
}
