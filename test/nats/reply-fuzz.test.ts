import fc from 'fast-check';
import { connect, headers as toHeaders, type MsgHdrs, type NatsConnection } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { unstorableReason } from '../../src/core/storable.ts';
import { MAX_REPLY_BYTES } from '../../src/core/wire-limits.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { createNatsTransport } from '../../src/nats/transport.ts';
import { decodeReply } from '../../src/nats/wire.ts';
import { createOrchestrator } from '../../src/runtime/orchestrator.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { natsForTests, natsSkipReason } from '../servers/nats.ts';

/** What a participant of any language, or a hostile one, may put on the wire. */
interface RawReply {
  readonly body: Uint8Array;
  readonly fields: Readonly<Record<string, string>>;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = [
  '',
  '{',
  'null',
  '"\\ud800"',
  '{"a":"\\u0000"}',
  '{"__proto__":{"isAdmin":true}}',
  '{"code":7,"message":{},"retryable":"no"}',
  '{"code":"a","message":"b","retryable":false,"details":"\\u0000"}',
  '{"retryAfterMs":-1}',
  '{"retryAfterMs":1e400}',
  '{"retryAfterMs":"soon"}',
  '['.repeat(20_000),
  `${'['.repeat(500)}${']'.repeat(500)}`,
  '9'.repeat(400),
  '\ufeff{}',
  '{"a":1,"a":2}',
];
const body = fc.oneof(
  fc.constantFrom(...texts).map(bytes),
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map(bytes),
  fc.tuple(fc.json(), fc.nat(), fc.nat(255)).map(([json, at, byte]) => {
    const mutated = bytes(json);
    mutated[at % Math.max(1, mutated.length)] = byte;
    return mutated;
  }),
  fc.constant(new Uint8Array(MAX_REPLY_BYTES + 1).fill(0x20)),
);
const value = fc.oneof(
  fc.constantFrom('in-progress', 'sealed', '400', '500', '503', '', '-1', 'NaN', '1e9', 'true'),
  // What a header of NATS can carry: no line breaks.
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll(/[\r\n\p{Cs}]/gu, '')),
);
const name = fc.constantFrom('Saga-Reply', 'Nats-Service-Error-Code', 'Nats-Service-Error', 'Status', 'X');
const rawReply: fc.Arbitrary<RawReply> = fc.record({
  body,
  fields: fc.dictionary(name, value, { maxKeys: 3 }),
});

const kinds = ['succeeded', 'refused', 'failed', 'inProgress', 'sealed', 'unreachable', 'lost'];

describe('whatever a participant answers', () => {
  it('is read as one of the ends of an attempt, and never throws', () => {
    fc.assert(
      fc.property(rawReply, ({ body: data, fields }) => {
        const reply = decodeReply({ data, headers: toFields(fields) }, MAX_REPLY_BYTES);
        expect(kinds).toContain(reply.type);
      }),
      { numRuns: 3_000 },
    );
  });

  it('counts as success only when it is JSON that can be stored, without a word of failure', () => {
    fc.assert(
      fc.property(rawReply, ({ body: data, fields }) => {
        const reply = decodeReply({ data, headers: toFields(fields) }, MAX_REPLY_BYTES);
        if (reply.type !== 'succeeded') return;
        expect(data.length).toBeLessThanOrEqual(MAX_REPLY_BYTES);
        expect(unstorableReason(reply.result)).toBeUndefined();
        expect(fields['Nats-Service-Error-Code'] ?? '').toBe('');
      }),
      { numRuns: 3_000 },
    );
  });
});

const skipped = natsSkipReason('any');

describe.skipIf(skipped !== undefined)(
  `a participant that answers anything${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    let server: Awaited<ReturnType<typeof natsForTests>>;
    let participant: NatsConnection;
    let next: RawReply = { body: bytes('{}'), fields: {} };
    const prefix = `fuzz.${process.pid}`;

    beforeAll(async () => {
      server = await natsForTests();
      participant = await connect({ servers: server.url });
      participant.subscribe(`${prefix}.shop.*`, {
        callback: (_error, message) => {
          const isUndo = message.headers?.get('Saga-Op') === 'undo';
          if (isUndo) message.respond(bytes('{}'));
          else message.respond(next.body, { headers: toFields(next.fields) ?? toHeaders() });
        },
      });
      await participant.flush();
    });
    afterAll(async () => {
      await participant.close();
      await server.stop();
    });

    it(
      'brings every saga to completed or compensated, and ends no process',
      { timeout: 60_000 },
      async () => {
        const saga = defineSaga<{ readonly n: number }>('fuzzed').step('act', {
          action: 'shop.do',
          timeout: 1_000,
          retry: { maximumAttempts: 1 },
          compensation: 'shop.undo',
        });
        const transport = await createNatsTransport({ url: server.url, prefix });
        const orchestrator = await createOrchestrator({
          store: new MemoryStore({ clock: systemClock }),
          transport,
          sagas: [saga],
        });
        let n = 0;
        const ends = new Set<string>();
        await fc.assert(
          fc.asyncProperty(rawReply, async (reply) => {
            // One that is at work for ever is asked for ever.
            fc.pre(reply.fields['Saga-Reply'] !== 'in-progress');
            next = reply;
            n += 1;
            await orchestrator.start('fuzzed', { n }, { id: `s${n}` });
            const { status } = await orchestrator.settled(`s${n}`, { timeout: 20_000 });
            ends.add(status);
            expect(['completed', 'compensated']).toContain(status);
          }),
          { numRuns: 300 },
        );
        expect([...ends].toSorted()).toEqual(['compensated', 'completed']);
        await orchestrator.close();
        await transport.close();
      },
    );
  },
);

function toFields(fields: Readonly<Record<string, string>>): MsgHdrs | undefined {
  if (Object.keys(fields).length === 0) return undefined;
  const all = toHeaders();
  for (const [key, text] of Object.entries(fields)) all.set(key, text);
  return all;
}
