import assert from 'node:assert/strict';
import type { Reply } from '../core/transport.ts';
import {
  ask,
  assertLost,
  assertSame,
  COMMAND,
  type ContractRule,
  type RawAnswer,
  toRules,
  type TransportRules,
  type TransportWorld,
} from './transport-world.ts';

/** The further rules of a transport on which others can answer in their own way; its world offers `answerRaw`. */
export function rawTransportContract(options: {
  readonly create: () => Promise<TransportWorld>;
}): readonly ContractRule[] {
  return toRules(options.create, RULES);
}

const RULES: TransportRules = {
  'a responder that only answers JSON is a participant': async (world) => {
    const bodies: readonly (readonly [string, unknown])[] = [
      ['{"ok":true}', { ok: true }],
      ['""', ''],
      ['0', 0],
      ['', null],
      [' null\n', null],
    ];
    for (const [index, [body, result]] of bodies.entries()) {
      await answerRaw(world, 'plain', `op${index}`, [{ body }]);
      assertSame(await ask(world, { participant: 'plain', operation: `op${index}` }), {
        type: 'succeeded',
        result,
      });
    }
  },

  'JSON that looks like a failure or a seal is still a result': async (world) => {
    const body =
      '{"code":"x","message":"y","retryable":false,"retryAfterMs":1,"sealed":true,"type":"refused"}';
    await answerRaw(world, 'plain', 'op', [{ body }]);
    assertSame(await ask(world, { participant: 'plain', operation: 'op' }), {
      type: 'succeeded',
      result: JSON.parse(body) as unknown,
    });
  },

  'a reply that is no JSON is lost, and what is said of it can be stored': async (world) => {
    const bodies = [
      '{',
      'nope',
      '[1,]',
      '{"a":1}x',
      "{'a':1}",
      Uint8Array.of(0x22, 0xff, 0x22),
      Uint8Array.of(0),
      '\u0000\u001b',
    ];
    for (const [index, body] of bodies.entries()) {
      await answerRaw(world, 'plain', `op${index}`, [{ body }]);
      const reply = await ask(world, { participant: 'plain', operation: `op${index}` });
      assertLost(reply, 'malformed_reply');
      assert.doesNotMatch(JSON.stringify(reply), /\\u00(?!0a)|\\ud/);
    }
  },

  'a reply that cannot be stored is lost': async (world) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const bodies = [
      '"\\u0000"',
      '"\\ud800"',
      '{"\\udc00":1}',
      deep,
      '1e400',
      '{"__proto__":{}}',
      `{"a":${'['.repeat(64)}${']'.repeat(64)}}`,
    ];
    for (const [index, body] of bodies.entries()) {
      await answerRaw(world, 'plain', `op${index}`, [{ body }]);
      assertLost(await ask(world, { participant: 'plain', operation: `op${index}` }), 'unstorable_reply');
    }
  },

  'a reply of more than 256 KiB is lost': async (world) => {
    await answerRaw(world, 'plain', 'op', [{ body: JSON.stringify('x'.repeat(262_143)) }]);
    assertLost(await ask(world, { participant: 'plain', operation: 'op' }), 'oversize_reply');
  },

  'error headers make a failure, whatever the body is': async (world) => {
    const headers = { 'Nats-Service-Error-Code': '500', 'Nats-Service-Error': 'kaputt' };
    const answers: readonly (readonly [RawAnswer, Reply])[] = [
      [
        { headers, body: '' },
        { type: 'failed', error: { code: '500', message: 'kaputt' } },
      ],
      [
        { headers, body: 'stack trace' },
        { type: 'failed', error: { code: '500', message: 'kaputt' } },
      ],
      [
        { headers, body: Uint8Array.of(0xff) },
        { type: 'failed', error: { code: '500', message: 'kaputt' } },
      ],
      [
        { headers, body: 'x'.repeat(300_000) },
        { type: 'failed', error: { code: '500', message: 'kaputt' } },
      ],
      [
        { headers, body: '{"retryable":false}' },
        { type: 'refused', error: { code: '500', message: 'kaputt' } },
      ],
      [
        { headers, body: '{"code":"a","message":"b"}' },
        { type: 'failed', error: { code: 'a', message: 'b' } },
      ],
      [
        { headers, body: '{"retryable":"false"}' },
        { type: 'failed', error: { code: '500', message: 'kaputt' } },
      ],
      [
        { headers: { 'Nats-Service-Error': 'only' }, body: '' },
        { type: 'failed', error: { code: 'error', message: 'only' } },
      ],
      [
        { headers: { 'Nats-Service-Error-Code': '7' }, body: 'plain words' },
        { type: 'failed', error: { code: '7', message: 'plain words' } },
      ],
    ];
    for (const [index, [answer, reply]] of answers.entries()) {
      await answerRaw(world, 'plain', `op${index}`, [answer]);
      assertSame(await ask(world, { participant: 'plain', operation: `op${index}` }), reply);
    }
  },

  'in-progress without a sensible time is asked again after a second': async (world) => {
    const headers = { 'Saga-Reply': 'in-progress' };
    const answers: readonly (readonly [string, number])[] = [
      ['{"retryAfterMs":20}', 20],
      ['{}', 1000],
      ['{"retryAfterMs":-5}', 1000],
      ['x', 1000],
      ['{"retryAfterMs":1e99}', 3_600_000],
    ];
    for (const [index, [body, retryAfter]] of answers.entries()) {
      await answerRaw(world, 'plain', `op${index}`, [{ headers, body }]);
      assertSame(await ask(world, { participant: 'plain', operation: `op${index}` }), {
        type: 'inProgress',
        retryAfter,
      });
    }
  },

  'a kind of reply that is unknown is lost': async (world) => {
    for (const [index, kind] of ['compensated', 'toString', '', 'SEALED'].entries()) {
      await answerRaw(world, 'plain', `op${index}`, [{ headers: { 'Saga-Reply': kind }, body: '{}' }]);
      assertLost(await ask(world, { participant: 'plain', operation: `op${index}` }), 'malformed_reply');
    }
  },

  'only the first of several replies counts': async (world) => {
    await answerRaw(world, 'plain', 'op', [{ body: '1' }, { body: '2' }, { body: '{' }]);
    const replies: Reply[] = [];
    await new Promise<void>((resolve) => {
      world.requester.request({ ...COMMAND, participant: 'plain', operation: 'op' }, (reply) => {
        replies.push(reply);
        resolve();
      });
    });
    // The duplicates came on the same connection, before the answer to this one.
    assert.equal((await ask(world, { participant: 'plain', operation: 'op' })).type, 'succeeded');
    assert.deepEqual(replies, [{ type: 'succeeded', result: 1 }]);
  },
};

function answerRaw(
  world: TransportWorld,
  participant: string,
  operation: string,
  answers: readonly RawAnswer[],
): Promise<void> {
  assert(world.answerRaw, 'the world must offer answerRaw');
  return world.answerRaw(participant, operation, answers);
}
