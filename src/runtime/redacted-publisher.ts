import type { PublishedEvent } from '../core/cloud-event.ts';
import type { EventPublisher } from '../core/event-publisher.ts';
import { toRedact } from '../core/redaction.ts';

/**
 * A publisher of events that leaves out of their data what the rules lead to (`toRedact`): whoever listens sees no more.
 * Closing it closes the publisher beneath.
 */
export function redactedPublisher(publisher: EventPublisher, rules: readonly string[]): EventPublisher {
  const redact = toRedact(rules);
  return {
    publish: (messages) =>
      publisher.publish(
        messages.map((message) => ({
          ...message,
          event: { ...message.event, data: redact(message.event.data) as PublishedEvent['data'] },
        })),
      ),
    close: () => publisher.close(),
  };
}
