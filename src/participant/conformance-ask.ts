import type { Clock } from '../core/clock.ts';
import { sanitiseText } from '../core/storable.ts';
import type { CommandRequest, Reply, Transport } from '../core/transport.ts';

/** What it takes to ask a participant. */
export interface Asker {
  readonly transport: Pick<Transport, 'request'>;
  readonly clock: Clock;
  /** How long one command may take, with its polls and retries; ms. */
  readonly timeout: number;
}

/** How often a failure that may be tried again is. */
const MAX_RETRIES = 6;
/** ms; doubles with every retry. */
const FIRST_RETRY = 50;
const MAX_SHOWN = 200;

/**
 * Sends a command as the engine does: asks again after `in-progress` and after failures that may pass, with the same
 * key, until there is an answer or the time is up. `note` is told of every answer.
 */
export async function ask(
  asker: Asker,
  request: CommandRequest,
  note: (reply: Reply) => void,
): Promise<Reply> {
  const { clock, timeout } = asker;
  const deadline = clock.now() + timeout;
  for (let attempt = request.attempt, retries = 0; ;) {
    const reply = await askOnce(asker, { ...request, attempt, deadline }, deadline - clock.now());
    note(reply);
    const pause = pauseAfter(reply, retries);
    if (pause === undefined || clock.now() + pause >= deadline) return reply;
    await elapse(clock, pause);
    if (reply.type === 'inProgress') continue;
    attempt += 1;
    retries += 1;
  }
}

/** Sends a command once; no answer within `timeout` ms is an answer, too. */
export function askOnce(
  { transport, clock }: Asker,
  request: CommandRequest,
  timeout: number,
): Promise<Reply> {
  return new Promise((resolve) => {
    const abandon = transport.request(request, (reply) => {
      cancel();
      resolve(reply);
    });
    const cancel = clock.schedule(timeout, () => {
      abandon();
      const error = { code: 'timeout', message: `There was no answer within ${timeout} ms.` };
      resolve({ type: 'lost', retryable: false, error });
    });
  });
}

/** Calls `probe` and waits at most `timeout` ms for its number. Rejects with what is wrong. */
export async function count(probe: () => Promise<number>, { clock, timeout }: Asker): Promise<number> {
  const number = await new Promise<number>((resolve, reject) => {
    const tooLate = () => reject(new Error(`it took longer than ${timeout} ms`));
    const cancel = clock.schedule(timeout, tooLate);
    probe().finally(cancel).then(resolve, reject);
  });
  if (Number.isSafeInteger(number)) return number;
  throw new TypeError(`it gave ${String(number)}, which is no number of effects`);
}

/** A reply as part of a sentence that people read: foreign text is cut and harmless. */
export function describeReply(reply: Reply): string {
  switch (reply.type) {
    case 'succeeded':
      return `succeeded ${cut(JSON.stringify(reply.result))}`;
    case 'inProgress':
      return `in progress, ask again after ${reply.retryAfter} ms`;
    case 'sealed':
      return 'sealed';
    case 'refused':
    case 'failed':
    case 'unreachable':
    case 'lost':
      return cut(`${reply.type}, ${reply.error.code}: ${reply.error.message}`).replace(/\.$/, '');
  }
}

/** Whether two replies are the same text. Replies are compared as they were read, so blanks do not count but order does. */
export function isSameReply(one: Reply, other: Reply): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function pauseAfter(reply: Reply, retries: number): number | undefined {
  if (reply.type === 'inProgress') return Math.max(1, reply.retryAfter);
  const mayPass =
    reply.type === 'failed' || reply.type === 'unreachable' || (reply.type === 'lost' && reply.retryable);
  return mayPass && retries < MAX_RETRIES ? FIRST_RETRY * 2 ** retries : undefined;
}

function elapse(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.schedule(ms, resolve));
}

function cut(text: string): string {
  return sanitiseText(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text).replaceAll('\n', ' ');
}
