import { and, eq, inArray, isNotNull, isNull, lte, or, type SQL, sql } from 'drizzle-orm';
import { commandName } from '../core/steps.ts';
import type { SagaFilter, SagaStatus, SagaTally } from '../core/store.ts';
import { sagas } from './schema.ts';

const statuses = [
  'running',
  'compensating',
  'completed',
  'compensated',
  'failed',
  'abandoned',
] as const satisfies readonly SagaStatus[];

/** Statuses in which a step is at hand. */
const open: readonly SagaStatus[] = ['running', 'compensating', 'failed'];

/** Past so many, one branch for each status is cheaper to plan, if dearer to run. */
const mostBranches = 200;

/**
 * The conditions under which the sagas that match lie newest first in an index: for each status, or for each status,
 * definition and fault that there is; or, when it is about what is at hand, in those that nobody drives. What is driven
 * changes at each step, no index may look at it, and there is no more of it than the nodes can hold.
 */
export function toBranches(filter: SagaFilter, tallies: readonly SagaTally[]): readonly SQL[] {
  if (filter.stuckSince !== undefined) return toStuck(filter, filter.stuckSince);
  if (filter.step !== undefined || filter.participant !== undefined) return toAtHand(filter);
  // Newest first is how an attribute's sagas lie by themselves.
  if (filter.attributes !== undefined && filter.status === undefined)
    return [all(isOf(filter), hasFault(filter))];
  const given = statusesOf(filter);
  const byStatus = given.map((status) => all(eq(sagas.status, status), isOf(filter), hasFault(filter)));
  if (!isTallied(filter)) return byStatus;
  const found = distinct(
    tallies.filter((tally) => given.includes(tally.status) && mayMatch(tally, filter)),
    filter,
  );
  return found.length > mostBranches ? byStatus : found.map((tally) => toBranch(tally, filter));
}

/** Whether the tallies say where to look. */
export function isTallied({ name, version, text }: SagaFilter): boolean {
  return name !== undefined || version !== undefined || text !== undefined;
}

function toStuck(filter: SagaFilter, since: number): readonly SQL[] {
  const isOpen = isOneOf(
    statusesOf(filter).filter((status) => status === 'running' || status === 'compensating'),
  );
  const isRest = and(isOf(filter), isAt(filter));
  return [
    all(
      isNotNull(sagas.owner),
      lte(sagas.updatedAt, since),
      or(isNull(sagas.dueAt), lte(sagas.dueAt, since)),
      isOpen,
      isRest,
    ),
    all(isNull(sagas.owner), lte(sagas.dueAt, since), isOpen, isRest),
  ];
}

function toAtHand(filter: SagaFilter): readonly SQL[] {
  const given = statusesOf(filter).filter((status) => open.includes(status));
  const { step, participant } = filter;
  const isResting =
    step === undefined
      ? [eq(sagas.restingParticipant, participant ?? '')]
      : commandsOf(step).map((command) =>
          and(
            eq(sagas.restingStep, command),
            participant === undefined ? undefined : eq(sagas.participant, participant),
          ),
        );
  const resting = given.flatMap((status) =>
    isResting.map((condition) => all(eq(sagas.status, status), condition, isOf(filter))),
  );
  return [...resting, all(isNotNull(sagas.owner), isOneOf(given), isAt(filter), isOf(filter))];
}

/** `charge` also while it is undone or sealed. */
function commandsOf(step: string): readonly string[] {
  return (['do', 'undo', 'seal'] as const).map((op) => commandName(step, op));
}

function isAt({ step, participant }: SagaFilter): SQL | undefined {
  return and(
    step === undefined ? undefined : inArray(sagas.step, [...commandsOf(step)]),
    participant === undefined ? undefined : eq(sagas.participant, participant),
  );
}

function isOf({ name, version }: SagaFilter): SQL | undefined {
  return and(
    name === undefined ? undefined : eq(sagas.name, name),
    version === undefined ? undefined : eq(sagas.definitionVersion, version),
  );
}

function hasFault({ text }: SagaFilter): SQL | undefined {
  return text === undefined ? undefined : isNotNull(sagas.errorCode);
}

/** Not `in` by itself: the order of its values would look better to the planner than the few rows of another index. */
function isOneOf(given: readonly SagaStatus[]): SQL {
  return given.length === 0 ? sql`false` : sql`(${inArray(sagas.status, [...given])}) is true`;
}

function mayMatch(tally: SagaTally, { name, version, text, error, overridden }: SagaFilter): boolean {
  return (
    (name === undefined || tally.name === name) &&
    (version === undefined || tally.version === version) &&
    (text === undefined || tally.error !== null) &&
    (error === undefined || tally.error?.code === error) &&
    (overridden === undefined || tally.isOverridden === overridden)
  );
}

type Branch = Pick<SagaTally, 'status'> & Partial<Pick<SagaTally, 'name' | 'version' | 'error'>>;

/** What the index of a search goes by: of texts the fault's code, else the definition. */
function distinct(tallies: readonly SagaTally[], filter: SagaFilter): readonly Branch[] {
  const branches = tallies.map((tally): readonly [string, Branch] =>
    filter.text === undefined
      ? [JSON.stringify([tally.status, tally.name, tally.version]), tally]
      : [
          JSON.stringify([tally.status, tally.error?.code]),
          { status: tally.status, error: tally.error ?? null },
        ],
  );
  return [...new Map(branches).values()];
}

function toBranch({ status, name, version, error }: Branch, filter: SagaFilter): SQL {
  const isStatus = eq(sagas.status, status);
  if (filter.text !== undefined) return all(isStatus, eq(sagas.errorCode, error?.code ?? ''), isOf(filter));
  return all(isStatus, isOf({ tenant: '', ...(name && { name }), ...(version && { version }) }));
}

function statusesOf({ status }: SagaFilter): readonly SagaStatus[] {
  return [...new Set(status ?? statuses)];
}

function all(...conditions: readonly (SQL | undefined)[]): SQL {
  return and(...conditions) ?? sql`true`;
}
