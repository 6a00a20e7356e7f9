import type { PublishedEvent } from './cloud-event.ts';

/** A published event on its way. */
export interface EventMessage {
  /** Dot-separated, without prefix: `events.order.saga.completed`, `dead.payment.refund`. */
  readonly topic: string;
  /** Messages of one key are published in their order; `<tenant>:<sagaId>`. */
  readonly key: string;
  readonly event: PublishedEvent;
}

/** Where published events go. */
export interface EventPublisher {
  /**
   * Publishes in order, key by key; resolves when whoever takes them has acknowledged all. Throws `UnavailableError` when
   * that is not certain: then some may be out, and all are to be published again, under the same ids.
   */
  publish(messages: readonly EventMessage[]): Promise<void>;
  /** Ends the connection. */
  close(): Promise<void>;
}
