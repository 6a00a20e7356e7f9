import type { Cause } from '../core/context.ts';
import { ConflictError } from '../core/errors.ts';
import { toSagaEvent, toStartEvent } from '../core/replayed.ts';
import { isSettled } from '../core/snapshot.ts';
import type { SagaPlan } from '../core/steps.ts';
import type { JournalRow } from '../core/store.ts';
import type { OperatorEvent, ReplyEvent, SagaEvent } from '../core/transition.ts';
import { migratedType } from '../core/upgrade.ts';
import { operatorName } from './happenings.ts';
import { timerName } from './command-of.ts';
import type { Brings } from './rehearsal.ts';

/** Where a test finds the saga, and what it is about. */
export interface ToTestOptions {
  /** The name under which the module exports the saga. Default: the saga's name, as JavaScript can write it (`openAccount`). */
  readonly exportName?: string;
  /** What the test imports it from. Default `'./sagas.js'`. */
  readonly module?: string;
  readonly sagaId?: string;
  /** Why the saga went back in the end; found in its snapshot. */
  readonly cause?: Cause['type'] | null;
}

/** What happened to a saga, as `given(…).when(…)` takes it. */
export interface HappenedStep extends Brings {
  readonly happening: string;
}

/** A saga's journal as what happens in a test. Throws `ConflictError` for one that was moved to another version on the way. */
export function toHappenings(rows: readonly JournalRow[]): readonly HappenedStep[] {
  const migrated = rows.find(({ type }) => type === migratedType);
  if (migrated !== undefined)
    throw new ConflictError(
      `the saga was moved to another version at journal position ${migrated.seq}: no one machine goes all of its way`,
    );
  return rows.slice(1).map((row) => toHappening(toSagaEvent(row)));
}

/** A saga that ran, as the text of a vitest test that goes the same way. Throws `ConflictError` (`toHappenings`). */
export function toTest(plan: SagaPlan, rows: readonly JournalRow[], options: ToTestOptions = {}): string {
  const { exportName = toIdentifier(plan.name), module = './sagas.js', sagaId, cause } = options;
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined)
    throw new ConflictError('a saga without a journal went no way');
  const expected = isSettled(last.status)
    ? { status: last.status, state: last.state, ...(cause === undefined ? {} : { cause }) }
    : undefined;
  const title = `${plan.name}${sagaId === undefined ? '' : ` goes the way of ${sagaId}`}: ${last.state}`;
  return [
    "import { given } from 'sagachart/testing';",
    "import { it } from 'vitest';",
    `import { ${exportName} } from ${JSON.stringify(module)};`,
    '',
    `it(${JSON.stringify(title)}, () => {`,
    `  given(${exportName}, ${JSON.stringify({ input: toStartEvent(first).input })})`,
    '    .when(',
    ...toHappenings(rows).map((one) => `      ${toArgument(one)},`),
    '    )',
    `    .then(${expected === undefined ? '' : JSON.stringify(expected)});`,
    '});',
    '',
  ].join('\n');
}

/** A saga's name may hold `-`, and begin with a digit. */
function toIdentifier(name: string): string {
  const joined = name.replaceAll(/-+(.?)/g, (_, next: string) => next.toUpperCase());
  return /^[0-9]|^$/.test(joined) ? `saga${joined}` : joined;
}

function toArgument({ happening, ...brings }: HappenedStep): string {
  return JSON.stringify(Object.keys(brings).length === 0 ? happening : { happening, ...brings });
}

function toHappening(event: SagaEvent): HappenedStep {
  if ('attempt' in event) return toAnswer(event as Answer);
  if (event.type.startsWith('xstate.after.')) return { happening: timerName(event.type) };
  if (event.type === 'deadline' || event.type === 'park') return { happening: event.type };
  const { type, result, data = null, input, unsent = [] } = event as OperatorEvent;
  return {
    happening: operatorName(event as OperatorEvent),
    ...(result === undefined ? {} : { result }),
    ...(type === 'signal' ? { data } : {}),
    ...(input === undefined ? {} : { input }),
    ...(unsent.length === 0 ? {} : { unsent }),
  };
}

/** A reply, whatever it brought. */
interface Answer extends Pick<Brings, 'result' | 'error' | 'retryAfter' | 'resent'> {
  readonly type: ReplyEvent['type'];
  readonly retryable?: boolean;
}

function toAnswer({ type, result, error, retryable, retryAfter, resent }: Answer): HappenedStep {
  const isUnreadable = type.endsWith('.lost') && retryable === false;
  return {
    happening: isUnreadable ? type.replace(/lost$/, 'unreadable') : type,
    ...(result === undefined ? {} : { result }),
    ...(error === undefined ? {} : { error }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    // What it proves depends on it.
    ...(resent === true ? { resent } : {}),
  };
}
