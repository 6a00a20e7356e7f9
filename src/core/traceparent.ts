/** A place in a distributed trace, as W3C Trace Context has it. */
export interface TracePlace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Bit 0: whoever called records the trace. */
  readonly flags: number;
}

const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const noTrace = '0'.repeat(32);
const noSpan = '0'.repeat(16);

/** Reads a `traceparent` header; `undefined` when it is none, as the specification wants invalid ones to be ignored. */
export function parseTraceparent(text: string | undefined): TracePlace | undefined {
  const [, version, traceId = noTrace, spanId = noSpan, flags = '', more] = form.exec(text ?? '') ?? [];
  // Later versions may add something at the end; version 00 may not, and ff is none.
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (traceId === noTrace || spanId === noSpan) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** Writes a `traceparent` header. */
export function toTraceparent({ traceId, spanId, flags }: TracePlace): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}
