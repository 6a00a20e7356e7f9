import assert from 'node:assert/strict';
import type { CommandRequest, Reply } from '../core/transport.ts';
import {
  ask,
  assertLost,
  assertSame,
  type ContractRule,
  serve,
  succeed,
  toRules,
  toService,
  type TransportRules,
  type TransportWorld,
} from './transport-world.ts';

/** The rules about what does not get through. */
export function limitRules(create: () => Promise<TransportWorld>): readonly ContractRule[] {
  return toRules(create, LIMITS);
}

const LIMITS: TransportRules = {
  'names that are no tokens are refused, and nothing is sent': async (world) => {
    const seen: CommandRequest[] = [];
    await serve(world, async (request) => {
      seen.push(request);
      return { type: 'sealed' };
    });
    const bad = [
      'a b',
      'a.b',
      '',
      '*',
      '>',
      'x\r\nPUB saga.v1.inventory.reserve 2\r\n{}',
      'ü',
      'a'.repeat(65),
      'a\u0000',
    ];
    for (const token of bad) {
      assert.equal((await ask(world, { participant: token })).type, 'refused', JSON.stringify(token));
      assert.equal((await ask(world, { operation: token })).type, 'refused', JSON.stringify(token));
    }
    for (const text of ['x\r\nSaga-Op: undo', 'x\u0000', ' x', '', '\ud800']) {
      assert.equal((await ask(world, { sagaId: text })).type, 'refused', JSON.stringify(text));
      assert.equal((await ask(world, { idempotencyKey: text })).type, 'refused', JSON.stringify(text));
    }
    assert.equal((await ask(world, {})).type, 'sealed');
    assert.equal(seen.length, 1);
  },

  'a service with names that are no tokens is not served': async (world) => {
    const service = toService(succeed);
    for (const name of ['a b', 'a.b', '>', '']) {
      await assert.rejects(world.responder.serve({ ...service, participant: name }));
      await assert.rejects(world.responder.serve({ ...service, operations: ['reserve', name] }));
    }
    await assert.rejects(world.responder.serve({ ...service, version: 'v1' }));
  },

  'a command that is not JSON or too large is refused, and nothing is sent': async (world) => {
    let served = 0;
    await serve(world, async () => {
      served += 1;
      return { type: 'sealed' };
    });
    const large = await ask(world, { body: { input: 'x'.repeat(2_000_000) } });
    assert.equal(large.type === 'refused' && large.error.code, 'oversize');
    assert.equal((await ask(world, { body: { input: 1n } })).type, 'refused');
    assert.equal((await ask(world, {})).type, 'sealed');
    assert.equal(served, 1);
  },

  'a result that cannot be stored or sent is lost, and asking again is no use': async (world) => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const results: readonly (readonly [string, unknown])[] = [
      ['unstorable_reply', 'a\u0000b'],
      ['unstorable_reply', { 'k\u0000': 1 }],
      ['unstorable_reply', ['\ud800']],
      ['unstorable_reply', { text: '\udc00 x' }],
      ['unstorable_reply', nest(65)],
      ['unstorable_reply', JSON.parse('{"a":{"__proto__":{"admin":true}}}')],
      ['unstorable_reply', { constructor: 1 }],
      ['unstorable_reply', [{ prototype: 1 }]],
      ['oversize_reply', 'x'.repeat(300_000)],
      ['oversize_reply', 'x'.repeat(2_000_000)],
      ['malformed_reply', 1n],
      ['malformed_reply', circular],
    ];
    await serve(world, async (request) => ({ type: 'succeeded', result: results[request.attempt]?.[1] }));
    for (const [attempt, [code]] of results.entries()) {
      assertLost(await ask(world, { attempt }), code);
    }
  },

  'a result at the limits arrives': async (world) => {
    const results = [nest(64), 'x'.repeat(262_000), '😀', 'line\nfeed\ttab\u0001'];
    await serve(world, async (request) => ({ type: 'succeeded', result: results[request.attempt] }));
    for (const [attempt, result] of results.entries()) {
      assertSame(await ask(world, { attempt }), { type: 'succeeded', result });
    }
  },

  'a failure keeps its meaning when its words cannot be stored': async (world) => {
    const failures: readonly Reply[] = [
      {
        type: 'refused',
        error: { code: 'no\u0000', message: 'a\ud800\u0000\u001b[31m', details: { x: 'y\u0000' } },
      },
      { type: 'refused', error: { code: 'big', message: 'm'.repeat(5000), details: 'd'.repeat(2_000_000) } },
      { type: 'refused', error: { code: 'odd', message: 'm', details: 1n } },
    ];
    await serve(world, async (request) => failures[request.attempt]);
    for (const attempt of failures.keys()) {
      const reply = await ask(world, { attempt });
      assert(reply.type === 'refused', `got ${JSON.stringify(reply).slice(0, 200)}`);
      assert(reply.error.message.length <= 1000);
      assert.doesNotMatch(reply.error.code + reply.error.message, /[\u0000-\u0008\u000b-\u001f\p{Cs}]/u);
      assert.equal(reply.error.details, undefined);
    }
  },
};

/** Arrays in arrays, `depth` of them. */
function nest(depth: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < depth; level += 1) value = [value];
  return value;
}
