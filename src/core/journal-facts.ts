import { activeCommands } from './active-commands.ts';
import {
  type CommandEnd,
  type CommandOf,
  type JournaledData,
  stepOf,
  toCommandEnd,
  toParked,
} from './command-end.ts';
import { operationOf } from './machine-parts.ts';
import type { PublishedData, PublishedEventType } from './cloud-event.ts';
import type { Fact, Line } from './fact.ts';
import { causeOf, goesForward, hears, migrates, pauses } from './operator-facts.ts';
import { expiredWait, isSentForward, isSkip, toTurning } from './operator-lines.ts';
import { expiry } from './signal.ts';
import { begunIn, isRewound, type SagaTrace, traced, type TracedCause } from './saga-trace.ts';
import { skippedSteps } from './skipped-steps.ts';
import { isClosed } from './snapshot.ts';
import { commandName, type SagaPlan } from './steps.ts';
import type { JournalRow } from './store.ts';

/** What a line of a saga's journal tells, in order, and the trace with it. Pure. */
export function toFacts(
  row: JournalRow,
  before: SagaTrace | undefined,
  plan: SagaPlan | undefined,
): { readonly facts: readonly Fact[]; readonly trace: SagaTrace } {
  const data = JSON.parse(row.data) as JournaledData;
  const end = toCommandEnd(row, data, before, plan);
  const wasParked = before === undefined ? undefined : toParked(before.state, before, plan);
  const settled = settledStep(row, data, end, wasParked);
  // While a pivot is asked whether it happened, a deadline decides nothing.
  const isLate = row.type === 'deadline' && isSealing(before, plan);
  const turning = isLate ? null : toTurning(row, data);
  const isAbsolved =
    (end?.op === 'seal' && end.ending === 'succeeded') || isSentForward(row, wasParked, turning);
  const goesOn = before !== undefined && isRewound(before, row, { turning, isAbsolved }, plan);
  const rewound = goesOn ? (turning?.to ?? before.rewind ?? '') : undefined;
  const skipped = skippedSteps(row, { before, plan, settled, rewound });
  const over = settled === undefined ? skipped : [settled, ...skipped];
  const cause = toCause({ row, end, wasParked, before, plan });
  const after = traced(before, row, { isAbsolved, turning, cause, over }, plan);
  const line: Line = { row, data, before, after, plan, end, wasParked, rewound, skipped };
  const facts = tellers.flatMap((tell) => tell(line));
  return {
    facts:
      data.actor === undefined && data.reason === undefined
        ? facts
        : facts.map((fact) => byPerson(fact, data)),
    trace: after,
  };
}

/** In the order in which they are told. */
const tellers = [
  begins,
  changes,
  pauses,
  migrates,
  hears,
  ends,
  decides,
  turnsBack,
  skips,
  goesForward,
  sends,
  settles,
];

function byPerson({ type, data }: Fact, { actor, reason }: JournaledData): Fact {
  const person = { ...(actor === undefined ? {} : { actor }), ...(reason === undefined ? {} : { reason }) };
  return { type, data: { ...data, ...person } };
}

function begins({ before, data }: Line): readonly Fact[] {
  return before === undefined ? [{ type: 'saga.started', data: { input: data.input } }] : [];
}

function changes({ before, row, data }: Line): readonly Fact[] {
  if (before === undefined || before.state === row.state) return [];
  return [{ type: 'saga.state.changed', data: data.error === undefined ? {} : { error: data.error } }];
}

/** An attempt ended: with it perhaps its command, and its step. */
function ends(line: Line): readonly Fact[] {
  const { end, data } = line;
  if (end === undefined) return [];
  const about = toCommandData(line, end);
  if (end.ending === 'succeeded') {
    const result = data.result === undefined ? {} : { result: data.result };
    return [{ type: ofStep(end, 'completed'), data: { ...about, ...duration(line, end), ...result } }];
  }
  const failed = {
    ...about,
    ...duration(line, end),
    ...(end.error === undefined ? {} : { error: end.error }),
  };
  return [
    ...(end.isGivenUp ? [{ type: 'retry.exhausted' as const, data: failed }] : []),
    ...(end.isOver ? [{ type: ofStep(end, 'failed'), data: failed }] : []),
  ];
}

/** A person says how a parked command goes on, or the engine gives one up. */
function decides(line: Line): readonly Fact[] {
  const { row, data, before, plan, wasParked } = line;
  if (row.type === 'park') {
    const parked = toParked(row.state, before, plan);
    return parked === undefined
      ? []
      : [{ type: ofStep(parked, 'failed'), data: { ...toCommandData(line, parked), ...errorOf(data) } }];
  }
  if (wasParked === undefined) return [];
  const result = data.result === undefined ? {} : { result: data.result };
  const about = { ...toCommandData(line, wasParked), ...result };
  if (isSkip(row, data)) return [{ type: ofStep(wasParked, 'skipped'), data: about }];
  return row.type === 'resolve' && data.as === 'succeeded'
    ? [{ type: ofStep(wasParked, 'completed'), data: about }]
    : [];
}

function turnsBack({ row, before, after }: Line): readonly Fact[] {
  const turned = (before?.backwardSince ?? null) === null && after.backwardSince !== null;
  return [
    ...(row.type === 'cancel' ? [{ type: 'saga.cancelled' as const, data: {} }] : []),
    ...(row.type === 'deadline' ? [{ type: 'saga.timed_out' as const, data: {} }] : []),
    ...(turned ? [{ type: 'compensation.started' as const, data: causeOf(after) }] : []),
  ];
}

function skips(line: Line): readonly Fact[] {
  return line.skipped.map((step) => ({
    type: 'saga.step.skipped',
    data: toCommandData(line, { step, op: 'do' }),
  }));
}

/** Commands that are sent now. What only asks again whether it is done is no retry. */
function sends(line: Line): readonly Fact[] {
  return begun(line).flatMap((command): readonly Fact[] => {
    const data = toCommandData(line, command);
    if (command.from === 'polling') return [];
    if (data.attempt !== 1) return [{ type: 'retry.attempted', data }];
    return command.op === 'seal' ? [] : [{ type: ofStep(command, 'started'), data }];
  });
}

/** A paused saga sends nothing; once it is resumed, what it held. */
function begun({ before, after, row, plan, rewound }: Line): ReturnType<typeof begunIn> {
  if (after.isPaused) return [];
  if (row.type !== 'resume')
    return begunIn(rewound === undefined ? before?.state : undefined, row.state, plan);
  return begunIn(undefined, row.state, plan).filter(({ step, op }) =>
    before?.held.includes(commandName(step, op)),
  );
}

/** The saga came to a rest. */
function settles(line: Line): readonly Fact[] {
  const { row, before, after, data } = line;
  if (before?.status === row.status) return [];
  if (row.status === 'failed') return parks(line);
  if (!isClosed(row.status)) return [];
  const whole = { duration: row.at - after.startedAt, ...causeOf(after) };
  if (row.status === 'completed') {
    return [
      {
        type: 'saga.completed',
        data: { ...whole, ...(data.result === undefined ? {} : { result: data.result }) },
      },
    ];
  }
  if (row.status === 'abandoned') return [{ type: 'saga.abandoned', data: whole }];
  return [
    {
      type: 'compensation.completed',
      data: { ...causeOf(after), duration: row.at - (after.backwardSince ?? row.at) },
    },
    { type: 'saga.compensated', data: whole },
  ];
}

function parks(line: Line): readonly Fact[] {
  const { row, before, after, plan, end, data } = line;
  const parked = toParked(row.state, after, plan);
  if (parked === undefined) return [];
  const isUnanswered = expiredWait(row, plan) !== undefined;
  const isCleared = end?.op === 'seal' && before?.state.includes('.clearing.') === true;
  const given = end?.isGivenUp === true || isCleared ? 'exhausted' : 'refused';
  const why = row.type === 'park' ? 'engine' : isUnanswered ? 'unanswered' : given;
  const asked = end?.step === parked.step ? end : parked;
  const error = end?.error ?? data.error ?? (isUnanswered ? expiry(parked.step) : undefined);
  const about = {
    ...toCommandData(line, asked),
    ...(error === undefined ? {} : { error }),
    why,
    ...causeOf(after),
  } as const;
  const sinceBack = before?.backwardSince ?? null;
  return [
    ...(sinceBack === null
      ? []
      : [{ type: 'compensation.failed' as const, data: { ...about, duration: row.at - sinceBack } }]),
    { type: 'saga.failed', data: { ...about, duration: row.at - after.startedAt } },
    { type: 'command.given_up', data: { ...about, ...duration(line, asked) } },
  ];
}

function ofStep({ op }: CommandOf, what: 'started' | 'completed' | 'failed' | 'skipped'): PublishedEventType {
  return op === 'undo' ? `compensation.step.${what}` : `saga.step.${what}`;
}

function toCommandData({ after, plan }: Line, { step, op }: CommandOf): Partial<PublishedData> {
  const command = commandName(step, op);
  const attempt = after.commands[command]?.attempts;
  const planned = stepOf(plan, step);
  const operation = planned === undefined ? undefined : operationOf(planned, op);
  const asked = operation && {
    participant: operation.participant,
    operation: operation.operation,
    maximumAttempts: operation.retry.maximumAttempts,
  };
  return Object.assign({ step, op, command }, attempt === undefined ? undefined : { attempt }, asked);
}

/** From a step's first attempt on; a seal is part of its action. */
function duration({ row, after }: Line, { step, op }: CommandOf): Pick<PublishedData, 'duration'> {
  const since = after.commands[commandName(step, op === 'undo' ? 'undo' : 'do')]?.since;
  return since === undefined ? {} : { duration: row.at - since };
}

function errorOf({ error }: JournaledData): Pick<PublishedData, 'error'> {
  return error === undefined ? {} : { error };
}

function toCause({
  row,
  end,
  wasParked,
  before,
  plan,
}: Pick<Line, 'row' | 'end' | 'wasParked' | 'before' | 'plan'>): TracedCause {
  const expired = expiredWait(row, plan);
  if (expired !== undefined) return { type: 'stepFailed', step: expired, error: expiry(expired) };
  if (row.type === 'cancel') return { type: 'cancelled' };
  if (row.type === 'deadline') return { type: 'timedOut', ...pivotIn(before, plan) };
  if (end === undefined)
    return { type: 'operator', ...(wasParked === undefined ? {} : { step: wasParked.step }) };
  return { type: 'stepFailed', step: end.step, ...(end.error === undefined ? {} : { error: end.error }) };
}

function isSealing(before: SagaTrace | undefined, plan: SagaPlan | undefined): boolean {
  return before !== undefined && activeCommands(before.state, plan).some(({ op }) => op === 'seal');
}

/** The pivot that is under way: it decides what a deadline means. */
function pivotIn(before: SagaTrace | undefined, plan: SagaPlan | undefined): Pick<TracedCause, 'step'> {
  const active = before === undefined ? [] : activeCommands(before.state, plan);
  const pivot = active.find(({ step }) => stepOf(plan, step)?.kind === 'pivot');
  return pivot === undefined ? {} : { step: pivot.step };
}

/** The step that this line settled on the way forward. */
function settledStep(
  row: JournalRow,
  data: JournaledData,
  end: CommandEnd | undefined,
  wasParked: CommandOf | undefined,
): string | undefined {
  if (end !== undefined) return end.ending === 'succeeded' && end.op !== 'undo' ? end.step : undefined;
  const isSettled = isSkip(row, data) || (row.type === 'resolve' && data.as === 'succeeded');
  return isSettled && wasParked?.op === 'do' ? wasParked.step : undefined;
}
