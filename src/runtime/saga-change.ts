import { activeCommands, parkedCommand, pathsIn } from '../core/active-commands.ts';
import type { SagaPlan } from '../core/steps.ts';
import type { CauseType, JournalEntry, SagaStatus } from '../core/store.ts';

/** One move of one saga, as those who watch many of them are told: without its data. */
export interface SagaChange {
  /** Its place among the moves of all sagas. */
  readonly position: number;
  readonly tenant: string;
  readonly id: string;
  readonly name: string;
  /** Definition version. */
  readonly version: number;
  readonly status: SagaStatus;
  readonly state: string;
  /** The step or parked command at hand. */
  readonly step: string | null;
  readonly cause: CauseType | null;
  /** The saga's version since. */
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  /** The event that moved it. */
  readonly type: string;
}

/** A line of the journal for those who watch. `plan`: of the saga's definition, where this node has it. */
export function toChange(entry: JournalEntry, plan: SagaPlan | undefined): SagaChange {
  const { position, tenant, id, definition, status, state, cause, seq, at, type } = entry;
  const { name, version } = definition;
  const step = stepIn(state, plan);
  return { position, tenant, id, name, version, status, state, step, cause, seq, at, type };
}

/** Where no command is awaited the state names the step that waits, such as for a signal. */
function stepIn(state: string, plan: SagaPlan | undefined): string | null {
  return (
    parkedCommand(state) ?? activeCommands(state, plan)[0]?.step ?? pathsIn(state)[0]?.slice(1)[0] ?? null
  );
}
