import { UnavailableError } from '../core/errors.ts';
import type { EventMessage, EventPublisher } from '../core/event-publisher.ts';

/** How many messages are kept to be looked at. */
const KEPT = 10_000;

/** Published events within one process: for tests, and for programs that listen to their own sagas. */
export class MemoryEventPublisher implements EventPublisher {
  #messages: EventMessage[] = [];
  readonly #listeners = new Set<(message: EventMessage) => void>();
  #isClosed = false;

  /** The latest messages, the oldest first. */
  get messages(): readonly EventMessage[] {
    return this.#messages;
  }

  /** Calls `listener` with each message from now on; it must not throw. The returned function ends that. */
  subscribe(listener: (message: EventMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async publish(messages: readonly EventMessage[]): Promise<void> {
    if (this.#isClosed) throw new UnavailableError('The publisher is closed.', { reason: 'closed' });
    this.#messages = [...this.#messages, ...messages].slice(-KEPT);
    for (const message of messages) for (const listener of this.#listeners) listener(message);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}
