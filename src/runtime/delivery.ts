import type { SagaRecord } from '../core/store.ts';
import type { SagaEvent } from '../core/transition.ts';

/** An event on its way to a saga. */
export interface Delivery {
  readonly event: SagaEvent;
  /** Refuse with `ConflictError` unless the saga is at this version. */
  readonly ifVersion?: number;
  /** Told once what became of it. */
  readonly settle?: (result: DeliveryResult) => void;
}

/** What became of an event: durable; refused; or to be delivered again, for somebody else drives the saga now. */
export type DeliveryResult =
  | { readonly type: 'moved'; readonly record: SagaRecord }
  | { readonly type: 'refused'; readonly error: Error }
  | { readonly type: 'elsewhere' };
