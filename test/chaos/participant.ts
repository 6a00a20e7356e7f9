import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import { type Command, serveParticipant } from '../../src/participant/index.ts';
import { TerminalError } from '../../src/core/errors.ts';
import { createPostgresBarrier } from '../../src/postgres/barrier.ts';
import type { PostgresTx } from '../../src/postgres/barrier-tx.ts';
import { createLedger, writeLine } from './book.ts';
import { chanceOf } from './random.ts';

/**
 * One participant as a process of its own: `participant.ts <name>`. Every effect is a line of its ledger, in the
 * barrier's transaction. What goes wrong with a command is decided by the seed, the key and the attempt.
 */
const operations: Readonly<Record<string, readonly string[]>> = {
  inventory: ['reserve', 'release'],
  payment: ['charge', 'refund'],
  shipping: ['create', 'cancel'],
  order: ['complete'],
};
/** The answers that the example's saga asks for. */
const answers: Readonly<Record<string, (sagaId: string) => object>> = {
  reserve: (id) => ({ reservationId: `reservation-${id}` }),
  charge: (id) => ({ paymentId: `payment-${id}`, amount: 25 }),
  create: (id) => ({ shipmentId: `shipment-${id}`, trackingNumber: `track-${id}` }),
  complete: (id) => ({ orderId: `order-${id}` }),
};

const name = process.argv[2] ?? '';
const seed = process.env['CHAOS_SEED'] ?? '';
const sql = postgres(process.env['BOOK_URL'] ?? '', {
  max: 3,
  fetch_types: false,
  connect_timeout: 3,
  onnotice: () => undefined,
});
const barrier = createPostgresBarrier({ sql, connections: 6, timeout: 5_000 });

await untilDone(() => sql.unsafe(createLedger));
await untilDone(() => barrier.prepare());
const transport = await untilDone(() => createNatsTransport({ url: process.env['NATS_URL'] ?? '', name }));
await serveParticipant(
  {
    serve: (service) =>
      transport.serve({ ...service, handle: (request) => troubled(request, service.handle) }),
  },
  {
    name,
    barrier,
    operations: Object.fromEntries(
      (operations[name] ?? []).map((operation) => [operation, handler(operation)]),
    ),
  },
);
process.stdout.write('ready\n');

/** What goes wrong around the barrier: late, lost, doubled and failed answers. */
async function troubled(
  request: CommandRequest,
  handle: (request: CommandRequest) => Promise<Reply | undefined>,
): Promise<Reply | undefined> {
  const luck = chanceOf(`${seed}/${request.idempotencyKey}/${request.attempt}`);
  const pass = () => answered(request, handle);
  if (luck < 0.01) return undefined;
  if (luck < 0.02) return { type: 'failed', error: { code: 'chaos', message: 'try again' } };
  if (luck < 0.04) return pass().then(() => undefined);
  if (luck < 0.05) return Promise.all([pass(), pass()]).then(([first]) => first);
  if (luck < 0.06) return delay(2_300).then(pass);
  if (luck < 0.07) return pass().then((reply) => delay(2_300, reply));
  if (luck < 0.17) return delay(1_000 * chanceOf(`${seed}/slow/${request.idempotencyKey}`)).then(pass);
  return pass();
}

async function answered(
  request: CommandRequest,
  handle: (request: CommandRequest) => Promise<Reply | undefined>,
): Promise<Reply | undefined> {
  const reply = await handle(request);
  if (reply !== undefined) {
    // Only a witness: the answer must not wait for it, nor fail with it.
    writeLine(sql, { request, outcome: `answered:${reply.type}`, reply }).catch(() => undefined);
  }
  return reply;
}

function handler(operation: string) {
  return async ({ input, saga, tx }: Command<PostgresTx>) => {
    const { id, idempotencyKey, op } = saga;
    if (op === 'do' && isRefused(operation, input))
      throw new TerminalError('refused by its input', { reason: 'refused' });
    if (op === 'do' && operation !== 'complete' && chanceOf(`${seed}/refuse/${idempotencyKey}`) < 0.02)
      throw new TerminalError('refused by chance', { reason: 'refused' });
    if (op === 'undo' && chanceOf(`${seed}/refuse/${idempotencyKey}/${saga.attempt}`) < 0.01)
      throw new TerminalError('an undo refused by chance', { reason: 'refused' });
    const request = { ...saga, participant: name, operation, sagaId: id };
    await writeLine(tx, { request, outcome: 'applied' });
    return answers[operation]?.(id) ?? { undone: true };
  };
}

function isRefused(operation: string, input: unknown): boolean {
  const text = JSON.stringify(input);
  if (operation === 'reserve') return text.includes('out-of-stock');
  if (operation === 'charge') return text.includes('card-declined');
  return operation === 'create' && text.includes('"XX"');
}

/** The servers may be down just now. */
async function untilDone<Result>(work: () => PromiseLike<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === 200) throw error;
      await delay(200);
    }
  }
}
