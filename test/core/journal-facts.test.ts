import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import type { Fact } from '../../src/core/fact.ts';
import { toFacts } from '../../src/core/journal-facts.ts';
import type { SagaTrace } from '../../src/core/saga-trace.ts';
import { stepsOf } from '../../src/core/steps.ts';
import type { JournalRow, SagaStatus } from '../../src/core/store.ts';
import { type AnyDefinition, type Cue, play, type Played, startedAt, toEvent, toLogic } from './play.ts';
import { randomChoices, randomSaga, wander } from './random-saga.ts';

/** The line that the journal would have of it. */
function toRow(before: Played | undefined, cue: Cue | undefined, after: Played, seq: number): JournalRow {
  const event =
    before === undefined || cue === undefined
      ? { type: 'start', input: {} }
      : toEvent(before.logic, before.snapshot, cue);
  const { type, ...data } = event;
  const status = after.status as SagaStatus;
  return {
    seq,
    type,
    data: JSON.stringify(data),
    status,
    state: after.state,
    at: startedAt + seq,
    txId: 'tx',
  };
}

/** What the machine itself knows of a transition, and what its journal line tells. */
interface Telling {
  readonly before: Played | undefined;
  readonly after: Played;
  readonly facts: readonly Fact[];
}

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Every transition on random ways through random sagas. */
const tellings: readonly Telling[] = fc
  .sample(fc.tuple(randomSaga, randomChoices), { numRuns: 200, seed })
  .flatMap(([saga, choices]) => {
    const told: Telling[] = [];
    let trace: SagaTrace | undefined;
    const tell = (before: Played | undefined, cue: Cue | undefined, after: Played) => {
      const next = toFacts(toRow(before, cue, after, (trace?.seq ?? 0) + 1), trace, saga.plan);
      trace = next.trace;
      told.push({ before, after, facts: next.facts });
    };
    tell(undefined, undefined, play(saga));
    wander(saga, choices, tell);
    return told;
  });

/** Holds on each of them. */
function always(check: (telling: Telling) => void): void {
  for (const telling of tellings) {
    try {
      check(telling);
    } catch (error) {
      const { before, after, facts } = telling;
      const told = facts
        .map(({ type, data }) => `${type} ${data.command ?? ''} ${data.attempt ?? ''}`)
        .join(', ');
      throw new Error(`SEED=${seed}: ${before?.state ?? 'nothing'} → ${after.state} tells ${told}`, {
        cause: error,
      });
    }
  }
}

/** Steps that completed just now; one may be undone in the same transition. */
function completed({ before, after }: Telling): readonly string[] {
  const ordinalIn = (played: Played | undefined, step: string) => played?.context.steps[step]?.ordinal;
  return stepsOf(after.logic.plan)
    .map(({ name }) => name)
    .filter(
      (step) => ordinalIn(after, step) !== undefined && ordinalIn(after, step) !== ordinalIn(before, step),
    )
    .toSorted();
}

/** Steps whose status became so. */
function became({ before, after }: Telling, status: string): readonly string[] {
  return stepsOf(after.logic.plan)
    .map(({ name }) => name)
    .filter(
      (step) =>
        after.context.steps[step]?.status === status &&
        (before?.context.steps[step]?.status !== status || runOf(before, step) !== runOf(after, step)),
    )
    .toSorted();
}

/** Which of its runs a step is in: a saga may be sent back to it. */
function runOf(played: Played | undefined, step: string): number | undefined {
  return played?.context.steps[step]?.generation;
}

function stepsIn({ facts, after }: Telling, ...types: readonly string[]): readonly string[] {
  const steps = stepsOf(after.logic.plan).map(({ name }) => name);
  return facts
    .flatMap(({ type, data }) => (types.includes(type) ? [data.step ?? ''] : []))
    .filter((step) => steps.includes(step))
    .toSorted();
}

/** What the journal tells of a saga that is led through these events. */
function toldOf(saga: AnyDefinition, cues: readonly Cue[]): readonly Fact[] {
  const told: Fact[] = [];
  let trace: SagaTrace | undefined;
  for (let count = 0; count <= cues.length; count += 1) {
    const before = count === 0 ? undefined : play(saga, cues.slice(0, count - 1));
    const row = toRow(before, cues[count - 1], play(saga, cues.slice(0, count)), count + 1);
    const next = toFacts(row, trace, toLogic(saga).plan);
    told.push(...next.facts);
    trace = next.trace;
  }
  return told;
}

const typesOf = ({ facts }: Telling) => facts.map(({ type }) => type);
const goesBack = (played: Played | undefined) =>
  played !== undefined &&
  (played.status.startsWith('compensat') || (played.context.parked?.command.startsWith('undo') ?? false));

describe('what the journal tells of a saga', () => {
  it('names exactly the steps that completed, were skipped, and were undone', () => {
    always((telling) => {
      expect(stepsIn(telling, 'saga.step.completed')).toEqual(completed(telling));
      expect(stepsIn(telling, 'saga.step.skipped')).toEqual(became(telling, 'skipped'));
      const undone = stepsIn(telling, 'compensation.step.completed', 'compensation.step.skipped');
      // A step that is to be run again is as if it had never run.
      const forgotten = undone.filter((step) => runOf(telling.before, step) !== runOf(telling.after, step));
      expect(undone).toEqual([...became(telling, 'compensated'), ...forgotten].toSorted());
    });
  });

  it('names every step that failed', () => {
    always((telling) => {
      // What a person says of a parked step is no news: it was told when the step parked.
      if (telling.before?.status === 'failed') return;
      expect(stepsIn(telling, 'saga.step.failed')).toEqual(
        expect.arrayContaining([...became(telling, 'failed')]),
      );
    });
  });

  it('counts attempts as the machine does, and names each command that is sent', () => {
    always(({ before, after, facts }) => {
      const commands = (after.moves.at(-1)?.commands ?? []).filter(({ step, op, attempt }) => {
        const paths = before?.status === after.status ? (before?.state.split(' | ') ?? []) : [];
        const polled = paths.some((path) =>
          op === 'seal' ? /(?:sealing|clearing)\.polling$/.test(path) : path.endsWith(`${step}.polling`),
        );
        return (
          (!polled || typesOf({ before, after, facts }).includes('saga.rewound')) &&
          !(op === 'seal' && attempt === 1)
        );
      });
      const sent = ['saga.step.started', 'compensation.step.started', 'retry.attempted'];
      const told = facts.flatMap(({ type, data }) =>
        sent.includes(type) ? [`${data.command} ${data.attempt}`] : [],
      );
      expect(told.toSorted()).toEqual(commands.map(({ name, attempt }) => `${name} ${attempt}`).toSorted());
    });
  });

  it('says when the saga turned back, and why, as the machine has it', () => {
    always((telling) => {
      const { before, after, facts } = telling;
      const turned = !goesBack(before) && goesBack(after);
      expect(typesOf(telling).includes('compensation.started')).toBe(turned);
      const told = facts.find(({ type }) => type === 'compensation.started')?.data.cause;
      if (turned)
        expect([told?.type, told?.step]).toEqual([after.context.cause?.type, after.context.cause?.step]);
    });
  });

  it('names who sent it back, though a deadline passes while the pivot is asked', () => {
    const pay = defineSaga('pay', { timeout: '1m' }).step('pay', { kind: 'pivot', action: 'bank.pay' });
    const back = { type: 'compensate', to: 'pay' };
    const cues = ['park', back, 'deadline', 'sealPay.failed', 'sealPay.backoff', 'deadline'];
    const started = toldOf(pay, [...cues, 'park', 'compensate', 'sealPay.refused']).find(
      ({ type }) => type === 'compensation.started',
    );
    expect(started?.data.cause).toMatchObject({ type: 'operator', step: 'pay' });
  });

  it('says how the saga came to a rest, and what it waits for a person with', () => {
    always((telling) => {
      const { before, after, facts } = telling;
      const changed = before?.status !== after.status;
      for (const status of ['completed', 'compensated', 'abandoned', 'failed'] as const)
        expect(typesOf(telling).includes(`saga.${status}`)).toBe(changed && after.status === status);
      const given = facts.find(({ type }) => type === 'command.given_up')?.data;
      const { parked } = after.context;
      expect(given === undefined).toBe(!(changed && after.status === 'failed'));
      if (given !== undefined)
        expect([given.why, given.error?.code]).toEqual([parked?.why, parked?.error?.code]);
    });
  });

  it('says that the state changed exactly when it did', () => {
    always((telling) => {
      const changed = telling.before !== undefined && telling.before.state !== telling.after.state;
      expect(typesOf(telling).includes('saga.state.changed')).toBe(changed);
    });
  });
});
