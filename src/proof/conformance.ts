import { isDeepStrictEqual } from 'node:util';
import { NotFoundError } from '../core/errors.ts';
import { replayed } from '../core/replayed.ts';
import { toStored } from '../core/snapshot.ts';
import type { DefinitionRef, JournalRow, SagaKey, SagaRecord } from '../core/store.ts';
import type { SagaLogic } from '../core/transition.ts';

/** A stored saga that is not what its journal makes of it. */
export interface Deviation extends SagaKey {
  readonly definition: DefinitionRef;
  /** `differs`: another snapshot; `noArrow`: a line that the machine has no arrow for; `broken`: journal or snapshot cannot be read. */
  readonly kind: 'differs' | 'noArrow' | 'broken';
  /** The line of the journal that it was found at. */
  readonly seq: number;
  readonly what: string;
}

/** How a stored saga differs from what its pinned machine makes of its journal; `undefined`: it does not. Pure. */
export function deviationOf(
  logic: SagaLogic,
  record: SagaRecord,
  rows: readonly JournalRow[],
): Deviation | undefined {
  const { tenant, id, definition } = record;
  let seq = 0;
  const deviation = (kind: Deviation['kind'], what: string): Deviation => ({
    tenant,
    id,
    definition,
    kind,
    seq,
    what,
  });
  try {
    let last: unknown;
    for (const { row, move } of replayed(logic, record, rows)) {
      ({ seq } = row);
      last = toStored(move.snapshot);
    }
    if (seq !== record.version)
      return deviation('broken', `the journal ends at ${seq}, the saga is at version ${record.version}`);
    const [made, stored] = [
      JSON.parse(JSON.stringify(last)) as object,
      JSON.parse(record.snapshot) as object,
    ];
    if (isDeepStrictEqual(made, stored)) return undefined;
    return deviation('differs', `its journal gives another ${differingKeys(made, stored).join(', ')}`);
  } catch (error) {
    const { message } = error as Error;
    seq += 1;
    // What a parser says quotes what it read, and that is what the saga is about.
    if (error instanceof SyntaxError) return deviation('broken', 'its journal or its snapshot is no JSON');
    return deviation(error instanceof NotFoundError ? 'noArrow' : 'broken', message);
  }
}

/** The parts of a snapshot that are not the same: `value`, `context.steps.charge`. */
function differingKeys(made: object, stored: object, depth = 3): readonly string[] {
  const [left, right] = [made, stored] as readonly Readonly<Record<string, unknown>>[];
  const keys = [...new Set([...Object.keys(made), ...Object.keys(stored)])];
  return keys.flatMap((key) => {
    const [one, other] = [left?.[key], right?.[key]];
    if (isDeepStrictEqual(one, other)) return [];
    if (depth === 1 || !isObject(one) || !isObject(other)) return [key];
    return differingKeys(one, other, depth - 1).map((inner) => `${key}.${inner}`);
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
