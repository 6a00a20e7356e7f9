import type { PublishedEventType } from '../core/cloud-event.ts';
import { createNatsEventPublisher, type NatsEventPublisherOptions } from '../nats/event-publisher.ts';
import { DEFAULT_PREFIX } from '../nats/wire.ts';
import { barePublisher } from '../runtime/bare-publisher.ts';
import type { OrchestratorOptions } from '../runtime/orchestrator-options.ts';
import { redactedPublisher } from '../runtime/redacted-publisher.ts';
import type { Closers } from './closers.ts';
import { toRedactRules } from './security.ts';
import type { Settings } from './settings.ts';

/** What a node publishes and deletes, as its orchestrator takes it. */
export interface Publishing {
  readonly options: Pick<OrchestratorOptions, 'events' | 'retention'>;
  /** Where events go, for people; `undefined`: nowhere. */
  readonly place: string | undefined;
}

/** What goes on beside sagas, as the settings say. Throws where NATS does not answer. `natsUrl`: where the node's NATS is. */
export async function openPublishing(
  settings: Settings,
  {
    natsUrl,
    isEncrypted,
    closers,
  }: { readonly natsUrl: string; readonly isEncrypted: boolean; readonly closers: Closers },
): Promise<Publishing> {
  const { events, nats, retention: kept } = settings;
  const { after, interval, batch } = kept;
  const retention = after === undefined ? {} : { retention: { after, interval, batch } };
  if (events.publish === 'off') return { options: retention, place: undefined };
  const { prefix, inboxPrefix } = nats;
  const name = toStreamName(settings);
  const connected = await createNatsEventPublisher({
    url: natsUrl,
    prefix,
    inboxPrefix,
    stream: toStream(name, events),
    name: 'sagachart events',
  });
  closers.add(() => connected.close());
  const isBare = (events.payload ?? (isEncrypted ? 'off' : 'on')) === 'off';
  const publisher = redactedPublisher(isBare ? barePublisher(connected) : connected, toRedactRules(settings));
  const { source } = events;
  return {
    options: { ...retention, events: { publisher, source, ...toTypes(events.types) } },
    place: `${prefix}.events.>${toStreamText(name, events)}`,
  };
}

/** A stream takes the subjects of one prefix: those who share a NATS server under prefixes of their own each have one. */
function toStreamName({ events, nats }: Settings): string {
  const suffix = nats.prefix === DEFAULT_PREFIX ? '' : `_${nats.prefix.replaceAll('.', '_')}`;
  return events.streamName ?? `SAGACHART_EVENTS${suffix}`;
}

function toStream(
  name: string,
  { stream, maxAge, maxBytes, replicas }: Settings['events'],
): NonNullable<NatsEventPublisherOptions['stream']> {
  if (stream === 'off') return false;
  const size = maxBytes === undefined ? {} : { maxBytes };
  return { name, maxAge, replicas, isOptional: stream === 'auto', ...size };
}

function toTypes(text = ''): { readonly types?: readonly PublishedEventType[] } {
  const types = text.split(',').filter((word): word is PublishedEventType => word !== '');
  return types.length === 0 ? {} : { types };
}

function toStreamText(name: string, { stream }: Settings['events']): string {
  if (stream === 'off') return '';
  return `, stream ${name}${stream === 'auto' ? ' where there is JetStream' : ''}`;
}
