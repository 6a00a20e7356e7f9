import type { CommandOf } from './command-end.ts';
import type { Failure } from './errors.ts';
import type { TracedCause } from './saga-trace.ts';
import type { SagaStatus } from './store.ts';

/** What published events say. Events are never taken back; what a name means does not change. */
export const publishedEventTypes = [
  'saga.started',
  'saga.state.changed',
  'saga.completed',
  'saga.compensated',
  /** Parked: it waits for a person. */
  'saga.failed',
  'saga.abandoned',
  'saga.cancelled',
  /** The deadline passed; whether the saga turns back says its status. */
  'saga.timed_out',
  'saga.step.started',
  'saga.step.completed',
  'saga.step.failed',
  'saga.step.skipped',
  'compensation.started',
  'compensation.completed',
  'compensation.failed',
  'compensation.step.started',
  'compensation.step.completed',
  'compensation.step.failed',
  'compensation.step.skipped',
  /** No new command is sent until the saga is resumed. */
  'saga.paused',
  'saga.resumed',
  /** Sent back to a step by a person, the saga goes forward again from there. */
  'saga.rewound',
  /** From here on the saga is of another version of its definition: `fromVersion`, `toVersion`. */
  'saga.migrated',
  'signal.awaited',
  'signal.received',
  /** The signal did not come in time. */
  'signal.expired',
  /** A command is sent once more. */
  'retry.attempted',
  /** A command is not sent any more: its attempts are used up, or another one could not help. */
  'retry.exhausted',
  /** A command cannot go on and waits for a person: the dead letter. */
  'command.given_up',
] as const;

/** One of them. */
export type PublishedEventType = (typeof publishedEventTypes)[number];

/** What there is to know of an event; what does not apply is left out. Durations in ms. */
export interface PublishedData {
  /** Of this shape; raised when a field changes its meaning. */
  readonly schemaVersion: 1;
  readonly type: PublishedEventType;
  readonly tenant: string;
  readonly sagaId: string;
  readonly saga: string;
  readonly definitionVersion: number;
  /** The saga's attribute `correlationId`; without one, its id. */
  readonly correlationId: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** The line of the saga's journal that this tells of; consumers drop what they have seen by (sagaId, seq, index). */
  readonly seq: number;
  /** Counts the events of one line from 0. */
  readonly index: number;
  /** The line's place in the whole journal: from where to publish again. */
  readonly position: number;
  readonly status: SagaStatus;
  /** `null`: the saga began. */
  readonly previousState: string | null;
  readonly state: string;
  /** The journaled event that did it, such as `charge.refused`. */
  readonly trigger: string;
  readonly step?: string;
  /** `charge`, `undoCharge`, `sealCharge`. */
  readonly command?: string;
  readonly op?: CommandOf['op'];
  readonly participant?: string;
  readonly operation?: string;
  readonly attempt?: number;
  readonly maximumAttempts?: number;
  /** From the first attempt, from turning back or from the start on. */
  readonly duration?: number;
  readonly input?: unknown;
  readonly result?: unknown;
  readonly error?: Failure;
  /** Why the saga turned back. */
  readonly cause?: TracedCause;
  /** Why a command cannot go on. */
  readonly why?: 'refused' | 'exhausted' | 'engine' | 'unanswered';
  /** Of a saga that goes on with another version of its definition. */
  readonly fromVersion?: number;
  readonly toVersion?: number;
  readonly actor?: string;
  readonly reason?: string;
  /** It was too large to be published with all of its data: these fields were left out. */
  readonly omitted?: readonly string[];
}

/** A published event: CloudEvents 1.0, structured JSON. */
export interface PublishedEvent {
  readonly specversion: '1.0';
  /** `<saga>:<seq>:<tx_id>:<index>`: the same each time the event is published. */
  readonly id: string;
  readonly source: string;
  /** `io.sagachart.<type>.v1`. */
  readonly type: `io.sagachart.${PublishedEventType}.v1`;
  /** The saga's id. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: PublishedData;
}

/** The event without what makes it large, for those who cannot take it whole. */
export function withoutPayload(event: PublishedEvent): PublishedEvent {
  const { input, result, attributes, error, cause, reason, ...rest } = event.data;
  const given = { input, result, attributes, error, cause, reason };
  const omitted = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const short =
    error === undefined ? {} : { error: { code: error.code, message: error.message.slice(0, 1_000) } };
  return { ...event, data: { ...rest, ...short, omitted } };
}
