import { Empty, ErrorCode, type NatsConnection, NatsError, RequestStrategy } from 'nats';
import { toFailure, UnavailableError } from '../core/errors.ts';
import {
  type OperationCount,
  type ParticipantInstance,
  type ServedParticipant,
  toServedParticipants,
} from '../core/served-participant.ts';
import { operationIn, STATS_SUBJECT } from './wire.ts';

/** How long to wait for instances that tell of themselves, at most; ms. It is over earlier when 300 ms brought no more. */
const patience = 1_000;

/** Far more than anybody runs; whoever answers without end must not keep us. */
const maxInstances = 10_000;

/**
 * Who answers commands under `prefix` now, from what NATS micro services tell of themselves (`$SRV.STATS`). A plain
 * responder that is no micro service is not found. Throws `UnavailableError` when NATS is not there.
 */
export async function discoverParticipants(
  connection: NatsConnection,
  prefix: string,
): Promise<readonly ServedParticipant[]> {
  const instances: ParticipantInstance[] = [];
  try {
    const strategy = RequestStrategy.JitterTimer;
    const answers = await connection.requestMany(STATS_SUBJECT, Empty, {
      strategy,
      maxWait: patience,
      maxMessages: maxInstances,
    });
    for await (const answer of answers) {
      const instance = toInstance(answer.data, prefix);
      if (instance !== undefined) instances.push(instance);
    }
  } catch (error) {
    const isNobody = error instanceof NatsError && error.code === (ErrorCode.NoResponders as string);
    if (!isNobody)
      throw new UnavailableError(`NATS cannot be asked who is there: ${toFailure(error).message}`, {
        cause: error,
        reason: 'nats_unavailable',
      });
  }
  return toServedParticipants(instances);
}

/** What one micro service says, as far as it is a participant; `undefined` for one that is none, or says nonsense. */
function toInstance(data: Uint8Array, prefix: string): ParticipantInstance | undefined {
  const { name, version, endpoints } = parse(data);
  if (typeof name !== 'string' || !Array.isArray(endpoints)) return undefined;
  const operations = endpoints.flatMap((endpoint: unknown) => toCounts(endpoint, prefix, name));
  if (operations.length === 0) return undefined;
  return { name, version: typeof version === 'string' ? version : '', operations };
}

interface Endpoint {
  readonly subject?: unknown;
  readonly num_requests?: unknown;
  readonly num_errors?: unknown;
  /** ns */
  readonly processing_time?: unknown;
  readonly data?: unknown;
}

/** Our own participants count what they answered themselves: NATS clients measure only until a handler returns its promise. */
function toCounts(endpoint: unknown, prefix: string, participant: string): readonly OperationCount[] {
  const { subject, data, ...counted } = (endpoint ?? {}) as Endpoint;
  const name = typeof subject === 'string' ? operationIn(prefix, participant, subject) : undefined;
  if (name === undefined) return [];
  const { requests, errors, totalMs } = (data ?? {}) as Partial<Record<keyof OperationCount, unknown>>;
  return [
    {
      name,
      requests: toNumber(requests ?? counted.num_requests),
      errors: toNumber(errors ?? counted.num_errors),
      totalMs: toNumber(totalMs ?? toNumber(counted.processing_time) / 1e6),
    },
  ];
}

function toNumber(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

function parse(data: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(new TextDecoder().decode(data)) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
