import {
  context,
  type Context,
  isSpanContextValid,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type {
  AttemptOutcome,
  AttemptWatch,
  EngineObserver,
  ObservedMove,
  StartingSaga,
  StartWatch,
} from '../core/observer.ts';
import { isSettled } from '../core/snapshot.ts';
import { commandName } from '../core/steps.ts';
import { parseTraceparent, toTraceparent } from '../core/traceparent.ts';
import type { CommandRequest } from '../core/transport.ts';

/** Ends of an attempt that are nobody's failure. */
const fine: readonly AttemptOutcome[] = ['succeeded', 'refused', 'inProgress', 'sealed'];

/**
 * Traces of an engine by OpenTelemetry: a span for the start, which the saga keeps, so that all that any node does for it
 * later belongs to the same trace; one for each attempt of a command; and one for the whole, when it comes to a rest.
 * Without an SDK in the process it makes none, and hands on what the caller of the start sent.
 */
export function createTracing(): EngineObserver {
  return { starting, sending, moved };
}

function starting({ name, version, tenant, id, traceparent }: StartingSaga): StartWatch | undefined {
  const tracer = findTracer();
  if (tracer === undefined) return undefined;
  const attributes = { 'saga.name': name, 'saga.version': version, 'saga.tenant': tenant, 'saga.id': id };
  const span = tracer.startSpan(
    `start ${name}`,
    { kind: SpanKind.PRODUCER, attributes },
    callerOf(traceparent),
  );
  return {
    traceparent: traceparentOf(span),
    ended: (outcome) => {
      span.setAttribute('saga.outcome', outcome);
      if (outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

function sending(request: CommandRequest, isResent: boolean): AttemptWatch | undefined {
  const tracer = findTracer();
  if (tracer === undefined) return undefined;
  const { sagaName, step, op, traceparent } = request;
  const span = tracer.startSpan(
    `${sagaName} ${commandName(step, op)}`,
    { kind: SpanKind.CLIENT, attributes: attributesOf(request, isResent) },
    toContext(traceparent),
  );
  return {
    traceparent: traceparentOf(span),
    ended: (outcome, code) => {
      span.setAttribute('saga.outcome', outcome);
      if (code !== undefined) span.setAttribute('error.type', code);
      if (!fine.includes(outcome)) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
      span.end();
    },
  };
}

function moved({ record, move, before }: ObservedMove): void {
  if (!isSettled(record.status) || before?.status === record.status) return;
  const { traceparent } = move.snapshot.state.context;
  const tracer = traceparent === undefined ? undefined : findTracer();
  if (tracer === undefined) return;
  const { definition, tenant, id, status, cause, createdAt, updatedAt } = record;
  const attributes = {
    'saga.name': definition.name,
    'saga.version': definition.version,
    'saga.tenant': tenant,
    'saga.id': id,
    'saga.status': status,
    ...(cause === null ? {} : { 'saga.cause': cause }),
  };
  const options = { kind: SpanKind.INTERNAL, attributes, startTime: createdAt };
  const span = tracer.startSpan(`saga ${definition.name}`, options, toContext(traceparent));
  if (status === 'failed') span.setStatus({ code: SpanStatusCode.ERROR, message: 'parked' });
  span.end(Math.max(createdAt, updatedAt));
}

/** The SDK's, where there is one: without it not even attributes are put together. */
function findTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  if (!(provider instanceof ProxyTracerProvider)) return provider.getTracer('sagachart');
  return provider.getDelegateTracer('sagachart');
}

function attributesOf(
  { sagaName, sagaId, tenant, step, op, attempt, participant, operation }: CommandRequest,
  isResent: boolean,
) {
  return {
    'saga.name': sagaName,
    'saga.id': sagaId,
    'saga.tenant': tenant,
    'saga.step': step,
    'saga.op': op,
    'saga.attempt': attempt,
    'saga.participant': participant,
    'saga.operation': operation,
    ...(isResent ? { 'saga.resent': true } : {}),
  };
}

/** What runs now, where that is traced; else what the request said. */
function callerOf(traceparent: string | undefined): Context {
  const active = context.active();
  const here = trace.getSpanContext(active);
  return here !== undefined && isSpanContextValid(here) ? active : toContext(traceparent);
}

function toContext(traceparent: string | undefined): Context {
  const place = parseTraceparent(traceparent);
  if (place === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags: traceFlags } = place;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function traceparentOf(span: Span): string | undefined {
  const { traceId, spanId, traceFlags: flags } = span.spanContext();
  return isSpanContextValid(span.spanContext()) ? toTraceparent({ traceId, spanId, flags }) : undefined;
}
