import { type EventData, type SagaContext, type StepRecord, withStep } from './context.ts';
import { commandName } from './steps.ts';
import type { Op } from './transport.ts';

const ops = ['do', 'undo', 'seal'] as const;

/** No new command is sent from here on. Those that were handed out and reached nobody are held with the others. */
export function paused(context: SagaContext, { at = 0, actor, reason, unsent = [] }: EventData): SagaContext {
  const by = { ...(actor === undefined ? {} : { actor }), ...(reason === undefined ? {} : { reason }) };
  const steps = Object.entries(context.steps).map(
    ([step, record]) => [step, withheld(step, record, unsent)] as const,
  );
  return { ...context, paused: { at, ...by }, steps: Object.fromEntries(steps) };
}

/** Commands that were held are sent now. */
export function resumed(context: SagaContext): SagaContext {
  return Object.entries(context.steps).reduce<SagaContext>(
    (next, [step, { held }]) => {
      if (held === undefined) return next;
      return withStep(next, step, { held: undefined, ...(held === 'do' ? { inFlight: true } : {}) });
    },
    { ...context, paused: undefined },
  );
}

/** The saga leaves what it was about: no command is held any more, and none of those was ever sent. */
export function dropped(context: SagaContext): SagaContext {
  if (context.paused === undefined) return context;
  const steps = Object.entries(context.steps).map(([step, { held: _unsent, ...record }]) => [step, record]);
  return { ...context, steps: Object.fromEntries(steps) as SagaContext['steps'] };
}

/** Whether nobody was ever asked for a step: the saga has not come to it, or holds its first attempt. */
export function isUntouched({ steps }: SagaContext, step: string): boolean {
  const record = steps[step];
  return record === undefined || (record.held === 'do' && record.attempts.do === 1);
}

/** Whether a saga holds this command back. */
export function isHeld(
  { steps }: SagaContext,
  { step, op }: { readonly step: string; readonly op: Op },
): boolean {
  return steps[step]?.held === op;
}

/** As much of a snapshot as timers depend on. */
interface Timed {
  readonly state: { readonly context: SagaContext };
  readonly timers: Readonly<Record<string, number>>;
}

/**
 * The timers that may ring: all of them, but of a paused saga only its deadline, and the timeouts of attempts that were
 * sent. The others ring once it is resumed.
 */
export function ringing({ state: { context }, timers }: Timed): Readonly<Record<string, number>> {
  if (context.paused === undefined) return timers;
  const sent = new Set(
    Object.entries(context.steps).flatMap(([step, record]) =>
      ops.filter((op) => isSent(record, op)).map((op) => commandName(step, op)),
    ),
  );
  return Object.fromEntries(
    Object.entries(timers).filter(([type]) => {
      const command = /^xstate\.after\.([^.]+)\.timeout\./.exec(type)?.[1];
      return type === 'deadline' || (command !== undefined && sent.has(command));
    }),
  );
}

function isSent({ attempts, held }: StepRecord, op: Op): boolean {
  return attempts[op] !== undefined && held !== op;
}

function withheld(step: string, record: StepRecord, unsent: readonly string[]): StepRecord {
  const op = ops.find((one) => unsent.includes(commandName(step, one)));
  return op === undefined ? record : { ...omitFlight(record), held: op };
}

function omitFlight({ inFlight: _reachedNobody, ...record }: StepRecord): StepRecord {
  return record;
}
