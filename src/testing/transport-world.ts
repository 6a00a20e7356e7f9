import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { CommandRequest, Reply, Service, Serving, Transport } from '../core/transport.ts';

/** Two ends of one network, made anew for each case. */
export interface TransportWorld {
  /** Where commands are sent from. */
  readonly requester: Transport;
  /** Where participants are served; may be the same one. */
  readonly responder: Transport;
  /** Answers every command of `participant.operation` with these raw messages; absent where nothing raw travels. */
  readonly answerRaw?: (
    participant: string,
    operation: string,
    answers: readonly RawAnswer[],
  ) => Promise<void>;
  /** Stops what connects the two ends, and starts it again; absent where there is nothing to stop. */
  readonly outage?: { readonly begin: () => Promise<void>; readonly end: () => Promise<void> };
  /** Closes both ends and whatever is between them. */
  close(): Promise<void>;
}

/** One raw answer. */
export interface RawAnswer {
  readonly body: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One rule of the contract, to be run by any test runner: `for (const rule of …) test(rule.name, rule.run)`. */
export interface ContractRule {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Rules by name. */
export type TransportRules = Readonly<Record<string, (world: TransportWorld) => Promise<void>>>;

/** Turns a table of rules into rules, each played in a world of its own. */
export function toRules(
  create: () => Promise<TransportWorld>,
  rules: TransportRules,
): readonly ContractRule[] {
  return Object.entries(rules).map(([name, play]) => ({ name, run: () => playIn(create, play) }));
}

async function playIn(
  create: () => Promise<TransportWorld>,
  play: (world: TransportWorld) => Promise<void>,
): Promise<void> {
  const world = await create();
  try {
    await play(world);
  } finally {
    await world.close();
  }
}

type Handler = (request: CommandRequest) => Promise<Reply | undefined>;

const DEADLINE_MS = 15_000;

/** A command that `serve` answers. */
export const COMMAND: CommandRequest = {
  participant: 'inventory',
  operation: 'reserve',
  tenant: 'default',
  sagaId: 'saga-1',
  sagaName: 'order',
  step: 'reserve',
  attempt: 1,
  op: 'do',
  idempotencyKey: 'default:saga-1:reserve:0:0:do',
  body: { input: { sku: 'a-1' } },
};

/** A handler that does. */
export async function succeed(): Promise<Reply> {
  return { type: 'succeeded', result: null };
}

/** The service that `COMMAND` asks. */
export function toService(handle: Handler): Service {
  return {
    participant: 'inventory',
    version: '1.0.0',
    description: 'Stock',
    operations: ['reserve', 'release'],
    handle,
  };
}

/** Serves the participant that `COMMAND` asks. */
export function serve(world: TransportWorld, handle: Handler): Promise<Serving> {
  return world.responder.serve(toService(handle));
}

/** Sends `COMMAND` with changes; the promise rejects when no reply comes. */
export function ask(world: TransportWorld, command: Partial<CommandRequest>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no reply to ${JSON.stringify(command.attempt)} within ${DEADLINE_MS} ms`)),
      DEADLINE_MS,
    );
    world.requester.request({ ...COMMAND, ...command }, (reply) => {
      clearTimeout(timer);
      resolve(reply);
    });
  });
}

/** As `deepEqual`, but a megabyte of difference does not end up in the report. */
export function assertSame(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  assert.fail(`expected ${inspect(expected).slice(0, 500)}, got ${inspect(actual).slice(0, 500)}`);
}

/** The reply is a loss that asking again would not mend. */
export function assertLost(reply: Reply, code: string): void {
  assert(reply.type === 'lost', `expected a loss, got ${JSON.stringify(reply).slice(0, 200)}`);
  assert.equal(reply.retryable, false);
  assert.equal(reply.error.code, code);
}

/** The reply is a loss that asking again may mend. */
export function assertRetryableLoss(reply: Reply): void {
  assert(
    reply.type === 'lost' && reply.retryable,
    `expected a loss to be retried, got ${JSON.stringify(reply)}`,
  );
}

/** Something to wait for. */
export function createGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Repeats a check until it holds. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
