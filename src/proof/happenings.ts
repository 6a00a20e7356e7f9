import type { Failure } from '../core/errors.ts';
import { ringing } from '../core/pause.ts';
import type { SagaSnapshot } from '../core/snapshot.ts';
import { commandName, type SagaPlan } from '../core/steps.ts';
import { awaitedCommands, heardEvents, type OperatorEvent, type SagaEvent } from '../core/transition.ts';
import {
  arrive,
  type Arrival,
  type Effect,
  type Guarantees,
  type Hazard,
  isEqual,
  leftBehind,
  refuse,
  untouched,
} from './effects.ts';
import { type CommandOf, timerName } from './command-of.ts';

/** One thing that may happen to a saga and its participants. */
export interface Happening {
  /**
   * `charge.succeeded`, `charge.timeout`; `charge.answerLost`: it took effect, and no answer came; `charge.late`: no answer
   * came, and it is still on its way; `charge.arrives`: now; `charge.unreadable`: it took effect, and the answer makes no
   * sense; `cancel`, `resolve as refused`, `deadline`, `charge.backoff`; `pause unsent`: before the command at hand was sent.
   */
  readonly name: string;
  /** What it is an answer to, or the end of. */
  readonly command?: CommandOf;
  /** What the machine is told, without the attempt; nothing, where only a participant notices. */
  readonly event?: SagaEvent;
  /** What became of the command's step, or of the action under its former key (`charge~`). */
  readonly effect?: Effect;
  readonly slot?: string;
  readonly hazard?: Hazard;
}

/** A saga and its participants at a moment. */
export interface Scene {
  readonly plan: SagaPlan;
  readonly snapshot: SagaSnapshot;
  /** Commands whose answers somebody waits for. */
  readonly awaited: readonly CommandOf[];
  /** By step; steps that nobody asked for may be left out. */
  readonly effects: Readonly<Record<string, Effect>>;
  /** By step; those whose effects are of no interest are left out. */
  readonly guarantees: Readonly<Record<string, Guarantees>>;
  /** What people may do; worked out when left out. */
  readonly people?: readonly Happening[];
  /** Also what another happening says the same of: a connection that breaks is a lost command that is known to be lost. */
  readonly isVerbose?: boolean;
}

/** Everything that may happen next: answers of every kind, timers, people, an engine that gives up, what comes late. */
export function happeningsIn(scene: Scene): readonly Happening[] {
  const { plan, snapshot, awaited, people = operatorHappenings(plan, snapshot) } = scene;
  const timers = Object.keys(ringing(snapshot));
  const ends = awaited.flatMap((command) => endsOf(scene, command));
  const isTimeout = (type: string) => ends.some(({ event }) => event?.type === type);
  const others = timers
    .filter((type) => !isTimeout(type))
    .map((type) => ({ name: timerName(type), event: { type } as SagaEvent }));
  return [...ends, ...others, ...people, ...arrivals(scene)];
}

/** What people may do, each action in each of its forms; and that the engine gives up, for what it cannot store. */
export function operatorHappenings(plan: SagaPlan, snapshot: SagaSnapshot): readonly Happening[] {
  const isLegal = ({ event }: Happening) => event === undefined || snapshot.state.can(event as never);
  return heardHappenings(plan, snapshot).filter(isLegal);
}

/** The same, and what a guard says no to: that leads nowhere. */
export function heardHappenings(plan: SagaPlan, snapshot: SagaSnapshot): readonly Happening[] {
  const people = heardEvents(plan, snapshot).flatMap((event) => [
    { name: operatorName(event), event },
    ...(event.type === 'pause' ? pauseUnsent(snapshot) : []),
  ]);
  return [...people, { name: 'park', event: { type: 'park', error: failure('unstorable') } }];
}

/** A pause that comes before what is awaited was sent: the engine still had it. */
function pauseUnsent(snapshot: SagaSnapshot): readonly Happening[] {
  const unsent = awaitedCommands(snapshot).map(({ name }) => name);
  return unsent.length === 0 ? [] : [{ name: 'pause unsent', event: { type: 'pause', unsent } }];
}

/** An operator's action as one name: `resolve as refused`, `decide skip`, `compensate to reserve`, `signal approved`. */
export function operatorName({ type, as, choice, to, name }: OperatorEvent): string {
  const words = [
    as === undefined ? [] : ['as', as],
    choice ?? [],
    to === undefined ? [] : ['to', to],
    name ?? [],
  ];
  return [type, ...words.flat()].join(' ');
}

/** The delays of a command end its attempt without an answer. */
function endsOf(scene: Scene, command: CommandOf): readonly Happening[] {
  const { step, op } = command;
  const name = commandName(step, op);
  const { [step]: guarantees } = scene.guarantees;
  const effect = scene.effects[step] ?? untouched;
  const arrival: Arrival =
    guarantees === undefined ? { effect, answer: 'succeeded' } : arrive(effect, op, guarantees);
  const end = (ending: string, more: object = {}): Happening => ({
    name: `${name}.${ending}`,
    command,
    event: { type: `${name}.${ending}`, error: failure(ending) } as unknown as SagaEvent,
    effect,
    ...more,
  });
  // What was on its way when the engine stopped listening may arrive; what is said to it, nobody hears.
  if (effect.isUnheard === true) return timeouts(scene, command, { effect, answer: 'succeeded' }, effect);
  const answer = end(arrival.answer, { ...arrival, event: eventOf(`${name}.${arrival.answer}`) });
  const refused = guarantees === undefined ? effect : refuse(effect, guarantees);
  const mayRefuse = arrival.answer !== 'refused' && op !== 'seal' && (op === 'undo' || refused !== undefined);
  const working = guarantees === undefined || op !== 'do' ? effect : leftBehind(effect, guarantees);
  return [
    answer,
    ...(mayRefuse ? [end('refused', { effect: op === 'undo' ? effect : refused })] : []),
    end('failed'),
    end('unreachable'),
    ...(scene.isVerbose === true ? [end('lost', { event: { ...lostEvent, type: `${name}.lost` } })] : []),
    ...timeouts(scene, command, arrival, working),
    end('unreadable', {
      ...arrival,
      event: { type: `${name}.lost`, error: failure('unreadable'), retryable: false },
    }),
    end('inProgress', {
      effect: working,
      event: { type: `${name}.inProgress`, retryAfter: 100 },
    }),
  ];
}

const lostEvent = { error: failure('lost'), retryable: true };

/** No answer in time: the command never arrived, did but for its answer, or still is on its way. */
function timeouts(
  { snapshot, effects }: Scene,
  command: CommandOf,
  arrival: Arrival,
  working: Effect,
): readonly Happening[] {
  const name = commandName(command.step, command.op);
  const effect = effects[command.step] ?? untouched;
  const type = Object.keys(ringing(snapshot)).find((timer) => timerName(timer) === `${name}.timeout`);
  if (type === undefined) return [];
  const event = eventOf(type);
  const isSame = (other: Effect) => isEqual(other, effect);
  const { effect: done, hazard } = arrival;
  return [
    { name: `${name}.timeout`, command, event, effect },
    ...(isSame(done) && hazard === undefined
      ? []
      : [{ name: `${name}.answerLost`, command, event, ...arrival }]),
    ...(isSame(working) ? [] : [{ name: `${name}.late`, command, event, effect: working }]),
  ];
}

/** Commands that nobody waits for any longer still arrive. */
function arrivals({ effects, guarantees }: Scene): readonly Happening[] {
  return Object.entries(effects).flatMap(([key, effect]) => {
    const step = key.replace(/~$/, '');
    const { [step]: known } = guarantees;
    if (!effect.isLate || known === undefined) return [];
    const { effect: after, ...rest } = arrive({ ...effect, isLate: false }, 'do', known);
    const hazard = rest.hazard === undefined ? {} : { hazard: rest.hazard };
    const command = { step, op: 'do' as const };
    return [{ name: `${step}.arrives`, command, slot: key, effect: after, ...hazard }];
  });
}

function eventOf(type: string): SagaEvent {
  return { type } as SagaEvent;
}

function failure(code: string): Failure {
  return { code, message: code };
}
