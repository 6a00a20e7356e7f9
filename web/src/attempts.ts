import { type ActiveCommand, activeCommands } from '../../src/core/active-commands.ts';
import type { Definition, Line } from './api.ts';

/** A span of a saga's time: one attempt of a command, or a wait. Times in ms since the epoch. */
export interface Attempt {
  readonly step: string;
  /** `wait`: for a signal. */
  readonly op: 'do' | 'undo' | 'seal' | 'wait';
  readonly phase: 'executing' | 'backoff' | 'polling' | 'settling' | 'waiting';
  /** Counts the sendings of its command from 1. */
  readonly number: number;
  readonly from: number;
  /** `null`: it goes on. */
  readonly to: number | null;
  /** How it ended: `succeeded`, `refused`, `failed`, `timeout` … */
  readonly outcome: string;
  readonly error: string;
  /** Lines of the journal that begin and end it. */
  readonly seq: number;
  readonly endSeq: number | null;
}

type Doing = Pick<Attempt, 'step' | 'op' | 'phase'>;
type Mutable = { -readonly [Key in keyof Attempt]: Attempt[Key] };

/** What a saga did when, from its journal, in the order in which it began. Pure. */
export function toAttempts(lines: readonly Line[], definition: Definition): readonly Attempt[] {
  const plan = toPlan(definition);
  const attempts: Mutable[] = [];
  const open = new Map<string, Mutable>();
  const sent = new Map<string, number>();
  for (const line of lines) {
    const at = Date.parse(line.at);
    const doings = doingsIn(line.state, plan, definition);
    const now = new Set(doings.map(keyOf));
    const answered = commandOf(line);
    for (const [key, attempt] of open) {
      // An answer may lead into the same state again: the next attempt begins there.
      const isAgain =
        now.has(key) &&
        answered !== undefined &&
        answered.step === attempt.step &&
        answered.op === attempt.op;
      if (now.has(key) && !isAgain) continue;
      Object.assign(attempt, { to: at, endSeq: line.seq, ...endOf(line, attempt) });
      open.delete(key);
    }
    for (const doing of doings) {
      if (open.has(keyOf(doing))) continue;
      const command = `${doing.op} ${doing.step}`;
      const number = (sent.get(command) ?? 0) + (doing.phase === 'executing' ? 1 : 0);
      sent.set(command, number);
      const begun = {
        ...doing,
        number,
        from: at,
        to: null,
        outcome: '',
        error: '',
        seq: line.seq,
        endSeq: null,
      };
      attempts.push(begun);
      open.set(keyOf(doing), begun);
    }
  }
  return attempts;
}

/** Commands and waits that a state is about. */
export function doingsIn(
  state: string,
  plan: ReturnType<typeof toPlan>,
  { signals }: Pick<Definition, 'signals'>,
): readonly Doing[] {
  const waits = state.split(' | ').flatMap((path): readonly Doing[] => {
    const [top, name = ''] = path.split('.');
    const isWait = top === 'running' && signals.some((signal) => signal.name === name);
    return isWait ? [{ step: name, op: 'wait', phase: 'waiting' }] : [];
  });
  return [
    ...activeCommands(state, plan).map(({ step, op, phase }: ActiveCommand) => ({ step, op, phase })),
    ...waits,
  ];
}

/** As much of a plan as tells a group's members from a step's parts. */
export function toPlan({ steps }: Pick<Definition, 'steps'>) {
  const groups = new Set(steps.flatMap(({ group }) => group ?? []));
  return { nodes: [...groups].map((name) => ({ type: 'group' as const, name })) } as unknown as NonNullable<
    Parameters<typeof activeCommands>[1]
  >;
}

function keyOf({ step, op, phase }: Doing): string {
  return `${step} ${op} ${phase}`;
}

function commandOf({ data }: Line): { readonly step: unknown; readonly op: unknown } | undefined {
  return data['step'] === undefined ? undefined : { step: data['step'], op: data['op'] };
}

function endOf(
  { type, data }: Line,
  { step, op, phase }: Mutable,
): { readonly outcome: string; readonly error: string } {
  if (phase !== 'executing') return { outcome: '', error: '' };
  const error = data['error'] as { readonly code?: string; readonly message?: string } | undefined;
  const text = error === undefined ? '' : [error.code, error.message].filter(Boolean).join(': ');
  if (data['step'] === step && data['op'] === op)
    return { outcome: type.slice(type.lastIndexOf('.') + 1), error: text };
  if (/^xstate\.after\.\w+\.timeout\b/.test(type)) return { outcome: 'timeout', error: 'no answer in time' };
  return { outcome: 'left', error: '' };
}
