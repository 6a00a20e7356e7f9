import { type ActiveCommand, activeCommands } from './active-commands.ts';
import { stepNamed } from './command.ts';
import type { SagaContext } from './context.ts';
import type { Failure } from './errors.ts';
import { operationOf } from './machine-parts.ts';
import { isClosed, type SagaSnapshot, stateText, statusOf, stepOf } from './snapshot.ts';
import { commandName, type SagaPlan, stepsOf } from './steps.ts';
import { sanitiseText } from './storable.ts';
import type { SagaFault, SagaState } from './saga-row.ts';
import type { Op } from './transport.ts';

/** What of a saga is kept in columns of its own, so that people can find it. */
export type SagaFacets = Pick<SagaState, 'step' | 'participant' | 'error' | 'isOverridden'>;

/** What is kept of a message; the snapshot and the journal have all of it. */
const longest = { code: 100, message: 500 };

/**
 * Reads a saga's facets off its snapshot at `now` (ms since the epoch). A fault that it had `before`, too, keeps its
 * time: a row whose fault is still the same needs no new entry in any index.
 */
export function toFacets(
  plan: SagaPlan,
  snapshot: SagaSnapshot,
  { now, before }: { readonly now: number; readonly before: SagaFault | null },
): SagaFacets {
  const { context } = snapshot.state;
  const commands = commandsAt(plan, snapshot);
  const [first] = commands;
  return {
    step: stepOf(snapshot),
    participant: first === undefined ? null : operationOf(stepNamed(plan, first.step), first.op).participant,
    error: toFault(faultOf(snapshot, commands), { now, before }),
    isOverridden: context.overridden === true,
  };
}

interface CommandAt {
  readonly step: string;
  readonly op: Op;
  readonly phase: ActiveCommand['phase'] | 'parked';
}

function commandsAt(plan: SagaPlan, snapshot: SagaSnapshot): readonly CommandAt[] {
  const status = statusOf(snapshot);
  if (isClosed(status)) return [];
  if (status === 'failed') return parkedAt(plan, snapshot);
  return activeCommands(stateText(snapshot), plan);
}

function parkedAt(plan: SagaPlan, snapshot: SagaSnapshot): readonly CommandAt[] {
  const command = stepOf(snapshot);
  return stepsOf(plan).flatMap(({ name }) =>
    (['do', 'undo'] as const)
      .filter((op) => commandName(name, op) === command)
      .map((op) => ({ step: name, op, phase: 'parked' as const })),
  );
}

interface Met {
  readonly step: string;
  readonly op: Op;
  readonly error: Failure;
}

/** What it is parked with; else what a command at hand met; else what it turned back for. */
function faultOf(snapshot: SagaSnapshot, commands: readonly CommandAt[]): Met | undefined {
  const { context } = snapshot.state;
  if (statusOf(snapshot) === 'completed') return undefined;
  const parked = context.parked?.error;
  if (parked !== undefined) {
    const { step = stepOf(snapshot) ?? '', op = 'do' } = commands[0] ?? {};
    return { step, op, error: parked };
  }
  for (const command of commands) {
    const error = errorAt(context, command);
    if (error !== undefined) return { step: command.step, op: command.op, error };
  }
  const { step, error } = context.cause ?? {};
  return step === undefined || error === undefined ? undefined : { step, op: 'do', error };
}

/** A step keeps its last error; an undo that was asked for only once, and not answered yet, did not meet it. */
function errorAt(context: SagaContext, { step, op, phase }: CommandAt): Failure | undefined {
  const record = context.steps[step];
  const isOfUndo = phase === 'backoff' || phase === 'parked' || (record?.attempts.undo ?? 0) > 1;
  return op === 'undo' && !isOfUndo ? undefined : record?.error;
}

function toFault(
  met: Met | undefined,
  { now, before }: { readonly now: number; readonly before: SagaFault | null },
): SagaFault | null {
  if (met === undefined) return null;
  const { step, op, error } = met;
  const code = sanitiseText(error.code, longest.code);
  const message = sanitiseText(error.message, longest.message);
  const isSame =
    before?.code === code && before.message === message && before.step === step && before.op === op;
  return isSame ? before : { step, op, code, message, at: Math.round(now) };
}
