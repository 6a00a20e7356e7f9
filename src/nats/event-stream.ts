import {
  DiscardPolicy,
  type StreamAPI,
  nanos,
  type NatsConnection,
  NatsError,
  RetentionPolicy,
  StorageType,
} from 'nats';
import { toFailure, UnavailableError } from '../core/errors.ts';

/** The stream that keeps published events. One that exists is used as it is. */
export interface EventStreamOptions {
  /** Default `SAGACHART_EVENTS`. */
  readonly name?: string;
  /** How long events are kept, in ms. Default 7 days. */
  readonly maxAge?: number;
  /** How many bytes are kept, the latest; without a limit unless given. */
  readonly maxBytes?: number;
  /** On how many servers of a cluster. Default 1. */
  readonly replicas?: number;
  /** For how long the stream knows a message that it has got already, in ms. Default 2 minutes. */
  readonly duplicateWindow?: number;
  /** Go without where the server has no JetStream. Default: JetStream is waited for. */
  readonly isOptional?: boolean;
}

const STREAM_NOT_FOUND = 10059;
const STREAM_EXISTS = 10058;
const DAY = 86_400_000;

/**
 * Sees to it that the stream is there. `false`: there is no JetStream at all, and `isOptional`. Throws `UnavailableError`
 * for all else: what JetStream cannot do now, while it has no leader say, it may in a moment.
 */
export async function ensureStream(
  connection: NatsConnection,
  { prefix, stream }: { readonly prefix: string; readonly stream: EventStreamOptions },
): Promise<boolean> {
  const { name = 'SAGACHART_EVENTS', isOptional = false } = stream;
  try {
    const manager = await connection.jetstreamManager({ checkAPI: false });
    await manager.getAccountInfo();
    if (!(await exists(manager.streams, name))) await add(manager.streams, name, prefix, stream);
    return true;
  } catch (error) {
    // A server with JetStream that says it is not enabled is one that has no leader yet, or an account without the right to it.
    if (isOptional && connection.info?.jetstream !== true && isMissing(error)) return false;
    const message = `JetStream cannot take events into stream ${name}: ${toFailure(error).message}. For a NATS without JetStream, set stream: false.`;
    throw new UnavailableError(message, { cause: error, reason: 'no_stream' });
  }
}

async function exists(streams: StreamAPI, name: string): Promise<boolean> {
  try {
    await streams.info(name);
    return true;
  } catch (error) {
    if (codeOf(error) === STREAM_NOT_FOUND) return false;
    throw error;
  }
}

async function add(
  streams: StreamAPI,
  name: string,
  prefix: string,
  stream: EventStreamOptions,
): Promise<void> {
  const { maxAge = 7 * DAY, maxBytes = -1, replicas = 1, duplicateWindow = 120_000 } = stream;
  try {
    await streams.add({
      name,
      description: 'What happened to sagas (sagachart)',
      // Longer than any command’s subject: a stream that answered commands would pass for a participant.
      subjects: [`${prefix}.events.*.>`, `${prefix}.dead.*.*`],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      max_age: nanos(maxAge),
      max_bytes: maxBytes,
      num_replicas: replicas,
      duplicate_window: nanos(Math.min(duplicateWindow, maxAge)),
    });
  } catch (error) {
    // Another node was quicker.
    if (codeOf(error) !== STREAM_EXISTS) throw error;
  }
}

/** Nobody answers for JetStream on this NATS. */
function isMissing(error: unknown): boolean {
  return error instanceof NatsError && error.code === '503';
}

function codeOf(error: unknown): number | undefined {
  return error instanceof NatsError ? error.api_error?.err_code : undefined;
}
