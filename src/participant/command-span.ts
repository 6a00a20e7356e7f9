import {
  context,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { parseTraceparent } from '../core/traceparent.ts';
import type { CommandRequest, Reply } from '../core/transport.ts';

/**
 * Handles a command within a span of the saga's trace, which is active meanwhile: whatever the handler asks of others belongs
 * to it. Without an OpenTelemetry SDK in the process the trace is handed on, and nothing is recorded.
 */
export function inCommandSpan(
  request: CommandRequest,
  handle: () => Promise<Reply | undefined>,
): Promise<Reply | undefined> {
  const parent = parentOf(request);
  const { participant, operation } = request;
  const span = trace
    .getTracer('sagachart')
    .startSpan(
      `${participant}.${operation}`,
      { kind: SpanKind.SERVER, attributes: attributesOf(request) },
      parent,
    );
  return context.with(trace.setSpan(parent, span), () => ended(span, handle()));
}

async function ended(span: Span, handling: Promise<Reply | undefined>): Promise<Reply | undefined> {
  try {
    const reply = await handling;
    span.setAttribute('saga.outcome', reply?.type ?? 'unanswered');
    if (reply !== undefined && 'error' in reply) span.setAttribute('error.type', reply.error.code);
    if (reply?.type === 'failed') span.setStatus({ code: SpanStatusCode.ERROR, message: reply.error.code });
    return reply;
  } finally {
    span.end();
  }
}

function parentOf({ traceparent }: CommandRequest): Context {
  const place = parseTraceparent(traceparent);
  if (place === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags: traceFlags } = place;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function attributesOf({ sagaName, sagaId, tenant, step, op, attempt }: CommandRequest) {
  return {
    'saga.name': sagaName,
    'saga.id': sagaId,
    'saga.tenant': tenant,
    'saga.step': step,
    'saga.op': op,
    'saga.attempt': attempt,
  };
}
