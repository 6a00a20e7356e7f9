import pino from 'pino';
import { SagaError } from '../core/errors.ts';
import type { ObservedMove } from '../core/observer.ts';
import { isClosed } from '../core/snapshot.ts';
import type { SagaRecord } from '../core/store.ts';
import { toMoveFields } from './log-fields.ts';
import { maskText } from './mask.ts';

/** A node's log: one JSON object a line. */
export type Log = pino.Logger;

/** A log to stderr, or to another stream. Lines are written at once: nothing is lost when the process ends. */
export function createLog(
  level: string,
  destination: pino.DestinationStream = pino.destination({ fd: 2, sync: true }),
): Log {
  const options: pino.LoggerOptions = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error: unknown) => toLoggable(error) },
    formatters: { level: (label) => ({ level: label }) },
  };
  return pino(options, destination);
}

/** How many causes of an error are logged. */
const causes = 4;

/** An error as it is logged: no properties but the code, for drivers keep statements, parameters and URLs in others. */
export function toLoggable(error: unknown, depth = causes): object {
  if (!(error instanceof Error)) return { message: maskText(String(error)) };
  const { name, message, stack = '', cause } = error;
  return {
    type: name,
    message: maskText(message),
    ...('code' in error ? { code: String(error.code) } : {}),
    // Our own errors say what to do, and causes are drivers': where they were thrown is of no help.
    ...(error instanceof SagaError || depth < causes ? {} : { stack: maskText(stack) }),
    ...(cause === undefined || depth === 0 ? {} : { cause: toLoggable(cause, depth - 1) }),
  };
}

/** Logs what becomes of sagas: one that parks as a warning, ends that nobody wished for as news, the rest for debugging. */
export function logMove(log: Log, moved: ObservedMove): void {
  const { status } = moved.record;
  const level = levelOf(moved.record);
  if (!log.isLevelEnabled(level)) return;
  log[level](
    toMoveFields(moved),
    status === 'failed' ? 'a saga is parked: it waits for a person' : `a saga is ${status}`,
  );
}

function levelOf({ status }: SagaRecord): 'debug' | 'info' | 'warn' {
  if (status === 'failed') return 'warn';
  return isClosed(status) && status !== 'completed' ? 'info' : 'debug';
}
