import { type PublishedEvent, withoutPayload } from '../core/cloud-event.ts';
import type { EventPublisher } from '../core/event-publisher.ts';

/**
 * A publisher of events that says what happened and not what it was about: no inputs, results, attributes, reasons or
 * messages, for where what sagas carry must not be kept in the clear. Closing it closes the publisher beneath.
 */
export function barePublisher(publisher: EventPublisher): EventPublisher {
  return {
    publish: (messages) =>
      publisher.publish(messages.map((message) => ({ ...message, event: toBare(message.event) }))),
    close: () => publisher.close(),
  };
}

/** A message may quote anything; of an error its code is left. */
function toBare(event: PublishedEvent): PublishedEvent {
  const bare = withoutPayload(event);
  const { error, omitted = [], ...data } = bare.data;
  if (omitted.length === 0) return event;
  return { ...bare, data: { ...data, omitted, ...(error && { error: { ...error, message: '' } }) } };
}
