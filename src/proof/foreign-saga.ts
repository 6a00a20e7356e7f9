import { DefinitionError } from '../core/errors.ts';
import type { Guarantee } from './effects.ts';

/** A saga of somebody else's engine, written down by hand: as much of it as decides what may go wrong. */
export interface ForeignSaga {
  readonly name: string;
  readonly steps: readonly ForeignStep[];
  /** In which order registered undos run. Default `'reverse'`. */
  readonly undoes?: 'reverse' | 'forward';
  /** When an undo fails for good: a person is told, it is passed over, or it is tried for ever. Default `'person'`. */
  readonly onUndoFailure?: 'person' | 'ignore' | 'forever';
  /** Whether it may be cancelled while it runs. Default false. */
  readonly isCancellable?: boolean;
}

/** A step of a foreign saga. */
export interface ForeignStep {
  readonly name: string;
  /** When its undo is registered: before the action is asked for, once it answered, or never. */
  readonly undo: 'before' | 'after' | 'never';
  /** `pivot`: nothing is to be undone once it took effect. `readonly`: it leaves nothing behind. Default `'compensatable'`. */
  readonly kind?: 'compensatable' | 'pivot' | 'readonly';
  /** How often it is asked before it is given up. Default 1. */
  readonly attempts?: number;
  readonly undoAttempts?: number;
  /** Whether somebody stops waiting for an answer. Default true. */
  readonly hasTimeout?: boolean;
  /** Whether the action may be refused. Default true. */
  readonly mayRefuse?: boolean;
  /** What happens when it is refused or given up. Default `'undo'`; `'continue'`: it is passed over. */
  readonly onFailure?: 'undo' | 'continue';
  /** What whoever is asked guarantees. Default `'idempotent'`. */
  readonly guarantee?: Guarantee;
}

const choices: Readonly<Record<string, readonly (string | undefined)[]>> = {
  undo: ['before', 'after', 'never'],
  kind: [undefined, 'compensatable', 'pivot', 'readonly'],
  onFailure: [undefined, 'undo', 'continue'],
  guarantee: [undefined, 'barrier', 'idempotent', 'plain'],
};

/** The description from JSON. Throws `DefinitionError` naming what is wrong. */
export function toForeignSaga(json: unknown): ForeignSaga {
  const { name, steps } = (json ?? {}) as { readonly name?: unknown; readonly steps?: unknown };
  if (typeof name !== 'string' || !Array.isArray(steps) || steps.length === 0)
    throw new DefinitionError('a foreign saga is written { name, steps: [{ name, undo, … }] }');
  const names = (steps as readonly { readonly name?: unknown }[]).map((step) => step.name);
  if (names.some((one) => typeof one !== 'string') || new Set(names).size < names.length)
    throw new DefinitionError(`each step of '${name}' needs a name of its own`);
  for (const step of steps as readonly Readonly<Record<string, string | undefined>>[])
    for (const [key, allowed] of Object.entries(choices))
      if (!allowed.includes(step[key])) {
        const words = allowed.filter((one) => one !== undefined).join(', ');
        throw new DefinitionError(`step '${step['name']}' of '${name}': ${key} must be one of ${words}`);
      }
  return json as ForeignSaga;
}
