import { toCommand } from '../../src/core/command.ts';
import type { SagaDefinition } from '../../src/core/definition.ts';
import type { PendingHook } from '../../src/core/hooks.ts';
import { type SagaSnapshot, stateText, statusOf } from '../../src/core/snapshot.ts';
import { stepsOf, commandName } from '../../src/core/steps.ts';
import { advance, begin, type Move, type SagaEvent, type SagaLogic } from '../../src/core/transition.ts';
import type { Op } from '../../src/core/transport.ts';

/** Any definition, as the pure functions take it. */
export interface AnyDefinition {
  readonly plan: SagaDefinition['plan'];
  readonly machine: unknown;
}

/** A saga that was led through some events by the pure functions alone. */
export interface Played {
  readonly logic: SagaLogic;
  readonly snapshot: SagaSnapshot;
  readonly state: string;
  readonly status: string;
  /** Every command that was wanted so far: `charge`, `undoCharge`, `sealCharge`. */
  readonly sent: readonly string[];
  readonly hooks: readonly PendingHook[];
  readonly context: SagaSnapshot['state']['context'];
  readonly timers: Readonly<Record<string, number>>;
  readonly moves: readonly Move[];
}

/** An event in short, or in full: `charge.refused`, `charge.timeout`, `cancel`, `resolve as succeeded`. */
export type Cue =
  | string
  | (Omit<SagaEvent, 'type'> & { readonly type: string; readonly [key: string]: unknown });

/** When every played saga starts; ms since the epoch. */
export const startedAt = 1_000_000;

/** What an author's definition is to the pure functions. */
export function toLogic(saga: AnyDefinition): SagaLogic {
  return { plan: saga.plan, machine: saga.machine as SagaLogic['machine'] };
}

/** Leads a saga through events, starting it first. Throws when the chart has no arrow for one. */
export function play(saga: AnyDefinition, cues: readonly Cue[] = [], input: unknown = {}): Played {
  const logic = toLogic(saga);
  const first = begin(logic, { id: 's1', input, now: startedAt });
  return cues.reduce<Played>((played, cue) => goOn(played, cue), toPlayed(logic, [first]));
}

/** One more event. Throws when the chart has no arrow for it. */
export function goOn(played: Played, cue: Cue): Played {
  const move = attempt(played, cue);
  if (move === undefined) throw new Error(`no arrow for ${JSON.stringify(cue)} in ${played.state}`);
  return toPlayed(played.logic, [...played.moves, move]);
}

/** One more event, where it may have no arrow: then `undefined`. */
export function attempt({ logic, snapshot }: Played, cue: Cue, now = startedAt): Move | undefined {
  return advance(logic, snapshot, toEvent(logic, snapshot, cue), { now, deadline: undefined });
}

/** The event that a cue stands for, as an answer to the attempt under way. */
export function toEvent(logic: SagaLogic, snapshot: SagaSnapshot, cue: Cue): SagaEvent {
  const { type: text, ...data } = typeof cue === 'string' ? { type: cue } : cue;
  const [type = '', as] = text.split(' as ');
  if (as !== undefined) return { ...data, type, as } as SagaEvent;
  const [name = '', end = ''] = type.split('.');
  const timer = Object.keys(snapshot.timers).find((key) => key.startsWith(`xstate.after.${type}.`));
  if (['timeout', 'backoff', 'poll'].includes(end))
    return { type: timer ?? `xstate.after.${type}.none` } as SagaEvent;
  const command = commandOf(logic, name);
  if (command === undefined)
    return {
      ...data,
      ...(type === 'park' ? { error: { code: 'broken', message: 'broken' } } : {}),
      type,
    } as SagaEvent;
  const { step, op, attempt: number, generation } = toCommand(snapshot.state.context, command);
  return { step, op, attempt: number, generation, ...replyData(name, end), ...data, type } as SagaEvent;
}

function commandOf(
  { plan }: SagaLogic,
  name: string,
): { readonly step: string; readonly op: Op } | undefined {
  const commands = stepsOf(plan).flatMap((step) =>
    (['do', 'undo', 'seal'] as const).map((op) => ({ step: step.name, op })),
  );
  return commands.find(({ step, op }) => commandName(step, op) === name);
}

function replyData(name: string, end: string): object {
  if (end === 'succeeded') return { result: { of: name } };
  if (end === 'inProgress') return { retryAfter: 700 };
  if (end === 'sealed') return {};
  return { error: { code: end, message: `${name} ${end}` }, ...(end === 'lost' ? { retryable: true } : {}) };
}

function toPlayed(logic: SagaLogic, moves: readonly Move[]): Played {
  const { snapshot } = moves.at(-1) as Move;
  return {
    logic,
    snapshot,
    moves,
    state: stateText(snapshot),
    status: statusOf(snapshot),
    sent: moves.flatMap(({ commands }) => commands.map(({ name }) => name)),
    hooks: moves.flatMap(({ hooks }) => hooks),
    context: snapshot.state.context,
    timers: snapshot.timers,
  };
}
