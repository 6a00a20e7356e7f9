import type { z } from 'zod';
import type { BatchBody, BatchDetailBody, BatchListBody } from '../http/batch-schemas.ts';
import type { AuditBody, ErrorListBody } from '../http/report-schemas.ts';
import type { HistoryBody, SagaBody, SagaListBody, SagaSummaryBody } from '../http/saga-schemas.ts';
import type { DefinitionBody } from '../http/system-schemas.ts';

/** A saga of a list, as the API gives it. */
export type SagaSummaryJson = z.infer<typeof SagaSummaryBody>;

/** A saga with everything there is to say about it, as the API gives it. */
export type SagaJson = z.infer<typeof SagaBody>;

/** One step of a saga, as the API gives it. */
export type StepJson = SagaJson['steps'][number];

/** A page of sagas, as the API gives it. */
export type SagaPageJson = z.infer<typeof SagaListBody>;

/** Faults, grouped, as the API gives them. */
export type ErrorListJson = z.infer<typeof ErrorListBody>;

/** A page of what people did, as the API gives it. */
export type AuditJson = z.infer<typeof AuditBody>;

/** A batch, as the API gives it. */
export type BatchJson = z.infer<typeof BatchBody>;

/** A batch with the sagas that refused, as the API gives it. */
export type BatchDetailJson = z.infer<typeof BatchDetailBody>;

/** A page of batches, as the API gives it. */
export type BatchListJson = z.infer<typeof BatchListBody>;

/** A page of a saga's journal, as the API gives it. */
export type HistoryPageJson = z.infer<typeof HistoryBody>;

/** A line of a saga's journal, as the API gives it. */
export type EntryJson = HistoryPageJson['items'][number];

/** A definition, as the API gives it. */
export type DefinitionJson = z.infer<typeof DefinitionBody>;

/** Whether nothing happens any more by itself. */
export function isSettled({ status }: Pick<SagaSummaryJson, 'status'>): boolean {
  return isClosed({ status }) || status === 'failed';
}

/** Whether the saga came to its end; a parked one did not. */
export function isClosed({ status }: Pick<SagaSummaryJson, 'status'>): boolean {
  return status === 'completed' || status === 'compensated' || status === 'abandoned';
}

/** `order@1 4f7c… failed (stepFailed) at undoReserve`: a saga in one line. */
export function toLine({ definition, id, status, cause, step }: SagaSummaryJson): string {
  const why = cause === null ? '' : ` (${cause})`;
  return `${definition.name}@${definition.version} ${id} ${status}${why}${step === null ? '' : ` at ${step}`}`;
}
