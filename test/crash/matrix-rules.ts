import { isDeepStrictEqual } from 'node:util';
import type { AnySagaDefinition } from '../../src/core/definition.ts';
import { parseSnapshot, toStored } from '../../src/core/snapshot.ts';
import { isForwardOnly, membersOf, type Step } from '../../src/core/steps.ts';
import type { JournalRow, SagaRecord } from '../../src/core/store.ts';
import type { SagaLogic } from '../../src/core/transition.ts';
import type { Op } from '../../src/core/transport.ts';
import { replay } from '../../src/runtime/replay.ts';

/** An effect that became real at a participant. */
export interface Effect {
  readonly step: string;
  readonly op: Op;
  readonly generation: number;
}

/** A saga in the end, and what the participants did for it. */
export interface Ended {
  readonly saga: AnySagaDefinition;
  readonly record: SagaRecord;
  readonly journal: readonly JournalRow[];
  /** In the order in which they happened. */
  readonly effects: readonly Effect[];
}

/** What is wrong with how a saga ended; nothing, if the contract holds. */
export function violationsOf(ended: Ended): readonly string[] {
  return [...repeatedEffects(ended), ...wrongEffects(ended), ...wrongOrder(ended), ...wrongJournal(ended)];
}

function* repeatedEffects({ effects }: Ended): Generator<string> {
  const seen = new Set<string>();
  for (const { step, op, generation } of effects) {
    const key = `${op} ${step}, generation ${generation}`;
    if (seen.has(key)) yield `${key} took effect twice`;
    seen.add(key);
  }
}

function* wrongEffects(ended: Ended): Generator<string> {
  const { record, effects } = ended;
  const { steps } = contextOf(ended);
  for (const { step } of placed(ended)) {
    const [done, undone] = [count(effects, step.name, 'do'), count(effects, step.name, 'undo')];
    const expected = steps[step.name]?.status === 'skipped' ? 0 : 1;
    if (undone > done) yield `${step.name} was done ${done} times and undone ${undone} times`;
    if (record.status === 'completed' && (done !== expected || undone !== 0))
      yield `it is completed, and ${step.name} was done ${done} times and undone ${undone} times`;
    const leavesNothing = step.compensation !== undefined || isForwardOnly(step);
    if (record.status === 'compensated' && leavesNothing && done !== undone)
      yield `it is compensated, and ${step.name} was done ${done} times and undone ${undone} times`;
  }
}

/** An undo needs everything that came after its step to be undone. */
function* wrongOrder(ended: Ended): Generator<string> {
  const { steps } = contextOf(ended);
  const rank = (name: string) => steps[name]?.ordinal ?? Number.POSITIVE_INFINITY;
  const all = placed(ended);
  for (const [index, { step: name, op }] of ended.effects.entries()) {
    if (op !== 'undo') continue;
    const before = ended.effects.slice(0, index);
    const own = all.find(({ step }) => step.name === name)?.place ?? 0;
    const isLater = (other: { readonly step: Step; readonly place: number }) =>
      other.place === own ? rank(other.step.name) > rank(name) : other.place > own;
    const left = all.find(
      (other) =>
        other.step.compensation !== undefined &&
        isLater(other) &&
        count(before, other.step.name, 'do') > count(before, other.step.name, 'undo'),
    );
    if (left !== undefined) yield `${name} was undone before ${left.step.name}`;
  }
}

function* wrongJournal({ saga, record, journal }: Ended): Generator<string> {
  const isDense = journal.every(({ seq }, index) => seq === index + 1);
  if (!isDense || record.version !== journal.length)
    yield `it is at version ${record.version}, and its journal is ${journal.map(({ seq }) => seq).join(' ')}`;
  const replayed = JSON.parse(JSON.stringify(toStored(replay(toLogic(saga), record, journal)))) as unknown;
  if (!isDeepStrictEqual(replayed, JSON.parse(record.snapshot)))
    yield `its journal gives another snapshot than the stored one: ${JSON.stringify(replayed)} instead of ${record.snapshot}`;
}

function contextOf({ saga, record }: Ended) {
  return parseSnapshot(toLogic(saga).machine, record.snapshot).state.context;
}

function toLogic({ plan, machine }: AnySagaDefinition): SagaLogic {
  return { plan, machine: machine as SagaLogic['machine'] };
}

/** The steps, with their places; members of a group share one. */
function placed({ saga }: Ended) {
  return saga.plan.nodes.flatMap((node, place) => membersOf(node).map((step) => ({ step, place })));
}

function count(effects: readonly Effect[], step: string, op: Op): number {
  return effects.filter((effect) => effect.step === step && effect.op === op).length;
}
