import type { JournalRow, Saga } from 'sagachart';
import { orderIdOf } from './saga.ts';
import { toSnakeCase } from './snake-case.ts';

/** A saga as the order API shows it. Times are ISO 8601. */
export interface OrderSaga {
  readonly saga_id: string;
  readonly saga_type: string;
  readonly status: string;
  readonly current_step: string | null;
  /** The order and what the steps answered. */
  readonly context: unknown;
  readonly steps: readonly OrderStep[];
  /** Why it went backward or stands still. */
  readonly error: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A step as the order API shows it. */
export interface OrderStep {
  readonly name: string;
  readonly status: string;
  /** How often the action was tried again. */
  readonly retry_attempt: number;
  readonly started_at: string | null;
  readonly completed_at: string | null;
}

/** The saga, with the times of its steps out of its journal. */
export function toOrderSaga(saga: Saga, history: readonly JournalRow[]): OrderSaga {
  const { id, definition, status, step, input, results } = saga;
  return {
    saga_id: id,
    saga_type: definition.name,
    status,
    current_step: step,
    context: toSnakeCase({ orderId: orderIdOf(id), ...(input as object), results }),
    steps: saga.steps.map((one) => ({
      name: one.name,
      status: one.status,
      retry_attempt: Math.max(0, one.attempts - 1),
      started_at: toIsoOrNull(history.find(({ state }) => state.startsWith(`running.${one.name}.`))?.at),
      completed_at: toIsoOrNull(history.find(({ type }) => type === `${one.name}.succeeded`)?.at),
    })),
    error: saga.parked?.error?.message ?? saga.causedBy?.error?.message ?? null,
    created_at: toIso(saga.createdAt),
    updated_at: toIso(saga.updatedAt),
  };
}

/** The journal as the order API shows it, oldest first. */
export function toOrderHistory(sagaId: string, history: readonly JournalRow[]) {
  return {
    saga_id: sagaId,
    events: history.map(({ seq, type, status, state, at, data }) => ({
      seq,
      event_type: type,
      status,
      state,
      timestamp: toIso(at),
      data: toSnakeCase(JSON.parse(data)),
    })),
  };
}

function toIso(at: number): string {
  return new Date(at).toISOString();
}

function toIsoOrNull(at: number | undefined): string | null {
  return at === undefined ? null : toIso(at);
}
