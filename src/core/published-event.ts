import type { PublishedEvent, PublishedEventType } from './cloud-event.ts';
import type { EventMessage } from './event-publisher.ts';
import type { Fact } from './fact.ts';
import { toFacts } from './journal-facts.ts';
import type { SagaTrace } from './saga-trace.ts';
import type { SagaPlan } from './steps.ts';
import type { JournalEntry } from './store.ts';

/** What a line of the journal is read with. */
export interface PublishedOptions {
  /** Who publishes, as a URI reference: the CloudEvents source. */
  readonly source: string;
  /** The saga's definition. Without it nothing is said of operations, of policies, or of steps that a guard skipped. */
  readonly plan: SagaPlan | undefined;
  /** Only events of these types, under the ids that they have among all; all when left out. */
  readonly types?: readonly PublishedEventType[] | undefined;
}

/** The events that a line of a saga's journal stands for, in order. Pure: the same line after the same lines gives the same events. */
export function toPublishedEvents(
  entry: JournalEntry,
  trace: SagaTrace | undefined,
  { source, plan, types }: PublishedOptions,
): { readonly messages: readonly EventMessage[]; readonly trace: SagaTrace } {
  const { facts, trace: next } = toFacts(entry, trace, plan);
  const previousState = trace?.state ?? null;
  const messages = facts.flatMap((fact, index): readonly EventMessage[] => {
    if (types !== undefined && !types.includes(fact.type)) return [];
    const event = toEvent(entry, fact, { source, index, previousState });
    return [{ topic: toTopic(entry, fact), key: `${entry.tenant}:${entry.id}`, event }];
  });
  return { messages, trace: next };
}

function toEvent(
  entry: JournalEntry,
  { type, data }: Fact,
  at: { readonly source: string; readonly index: number; readonly previousState: string | null },
): PublishedEvent {
  const { tenant, id, definition, attributes, seq, position, status, state, txId } = entry;
  const common = {
    schemaVersion: 1,
    type,
    tenant,
    sagaId: id,
    saga: definition.name,
    definitionVersion: definition.version,
    correlationId: attributes['correlationId'] ?? id,
    seq,
    index: at.index,
    position,
    status,
    previousState: at.previousState,
    state,
    trigger: entry.type,
  } as const;
  return {
    specversion: '1.0',
    id: `${id}:${seq}:${txId}:${at.index}`,
    source: at.source,
    type: `io.sagachart.${type}.v1`,
    subject: id,
    time: new Date(entry.at).toISOString(),
    datacontenttype: 'application/json',
    // Not by spreading: that costs several times as much on Node 20, and this runs for every event.
    data: Object.assign(common, Object.keys(attributes).length === 0 ? undefined : { attributes }, data),
  };
}

/** Only what definitions name goes into a topic, never an id. */
function toTopic({ definition }: JournalEntry, { type, data }: Fact): string {
  if (type !== 'command.given_up') return `events.${definition.name}.${type}`;
  return `dead.${data.participant ?? 'unknown'}.${data.operation ?? data.command ?? 'unknown'}`;
}
