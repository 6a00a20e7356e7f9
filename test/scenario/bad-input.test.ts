import { connect, type NatsConnection } from 'nats';
import { expect, test } from 'vitest';
import { goodOrder } from '../../examples/order/samples.ts';
import { DefinitionError, defineSaga } from '../../src/index.ts';
import { describeOrder, type OrderWorld } from './order-world.ts';

const survey = defineSaga<{ readonly question: string }>('survey', {
  defaults: { timeout: '1s', retry: { maximumAttempts: 2 } },
}).step('ask', {
  action: 'stranger.ask',
  compensation: 'stranger.forget',
});

const tooMuch = 'x'.repeat(10_000_000);
const injection = 'order\r\nPUB saga.v1.payment.refund 2\r\n{}\r\n';
const nul = { ...goodOrder, customerId: 'a\u0000b' };
const surrogate = JSON.stringify(goodOrder).replace('ada', '\\ud800');
const nested = JSON.stringify(goodOrder).replace('"Berlin"', '['.repeat(5_000) + ']'.repeat(5_000));
const polluting = JSON.stringify(goodOrder).replace('"city"', '"__proto__"');

/** What is wrong, the status of the answer, and the request. */
const requests: [what: string, status: number, method: string, path: string, body?: object | string][] = [
  ['an unknown definition', 404, 'POST', '/v1/sagas', { name: 'nothing', input: {} }],
  ['an unknown saga', 404, 'GET', '/v1/sagas/nothing'],
  ['the history of an unknown saga', 404, 'GET', '/v1/sagas/nothing/history'],
  ['an action on an unknown saga', 404, 'POST', '/v1/sagas/nothing/cancel', { reason: 'why not' }],
  ['input of the wrong shape', 422, 'POST', '/v1/sagas', { name: 'order', input: { customerId: 7 } }],
  ['no JSON', 400, 'POST', '/v1/sagas', '{"name":'],
  ['no body', 422, 'POST', '/v1/sagas'],
  ['10 MB', 413, 'POST', '/v1/sagas', { name: 'order', input: { ...goodOrder, customerId: tooMuch } }],
  ['protocol lines as an id', 422, 'POST', '/v1/sagas', { name: 'order', id: injection, input: goodOrder }],
  ['protocol lines as a name', 404, 'POST', '/v1/sagas', { name: injection, input: goodOrder }],
  ['protocol lines in a path', 404, 'GET', `/v1/sagas/${encodeURIComponent(injection)}`],
  ['NUL in a path', 404, 'GET', '/v1/sagas/a%00b'],
  ['NUL in the input', 422, 'POST', '/v1/sagas', { name: 'order', input: nul }],
  ['a lone surrogate in the input', 422, 'POST', '/v1/sagas', `{"name":"order","input":${surrogate}}`],
  ['an order without items', 422, 'POST', '/api/v1/orders', { ...goodOrder, items: [] }],
  ['an order that is no JSON', 400, 'POST', '/api/v1/orders', 'hello'],
  ['an order that is no object', 422, 'POST', '/api/v1/orders', [goodOrder]],
  ['an order of 10 MB', 413, 'POST', '/api/v1/orders', { ...goodOrder, customerId: tooMuch }],
  ['an order with NUL', 422, 'POST', '/api/v1/orders', nul],
  ['an order with a lone surrogate', 422, 'POST', '/api/v1/orders', surrogate],
  ['an order 5,000 deep', 422, 'POST', '/api/v1/orders', nested],
  ['an order that pollutes prototypes', 422, 'POST', '/api/v1/orders', polluting],
  ['an unknown saga of the order API', 404, 'GET', '/api/v1/sagas/nothing'],
  ['NUL in a path of the order API', 404, 'GET', '/api/v1/sagas/a%00b'],
  ['an unknown fault', 422, 'POST', '/demo/faults', { participant: 'bank', operation: 'rob', mode: 'error' }],
  ['a ledger for NUL', 422, 'GET', '/demo/ledger?sagaId=%00'],
  ['a path that is none', 404, 'GET', '/api/v1/nothing'],
];

describeOrder(
  'bad input',
  (world) => {
    test.each(requests)('is answered clearly: %s', async (_what, expected, method, path, body) => {
      const answer = await world().call(method, path, body);
      expect(answer).toMatchObject({
        status: expected,
        type: expect.stringContaining('application/problem+json'),
        body: { status: expected, detail: expect.any(String) },
      });
    });

    test('names the place of what does not fit', async () => {
      const { body } = await world().call('POST', '/api/v1/orders', {
        ...goodOrder,
        items: [{ productId: 'book', quantity: 0, price: 1 }],
      });
      expect(body['errors']).toEqual([expect.objectContaining({ path: '/items/0/quantity' })]);
    });

    test('does not get into a definition: names that would be subjects of their own are refused', () => {
      expect(() =>
        defineSaga('s').step('a', {
          action: `inventory.reserve\r\nPUB x 1`,
          compensation: 'inventory.release',
        }),
      ).toThrow(DefinitionError);
      expect(() =>
        defineSaga('s').step('a', { action: 'inventory.>', compensation: 'inventory.release' }),
      ).toThrow(DefinitionError);
    });

    test.each([
      ['NUL', '{"answer":"a\\u0000b"}'],
      ['a lone surrogate', '{"answer":"\\ud800"}'],
      ['no JSON', 'hello'],
      ['half a megabyte', JSON.stringify({ answer: 'x'.repeat(500_000) })],
      ['10,000 brackets', '['.repeat(10_000) + ']'.repeat(10_000)],
    ])(
      'does not poison a saga when a participant replies %s: the step is in doubt and undone',
      async (_what, reply) => {
        const stranger = await startStranger(world(), reply);
        try {
          const { status, body } = await world().call('POST', '/v1/sagas', {
            name: 'survey',
            input: { question: 'how are you?' },
          });
          expect(status).toBe(201);
          const id = String(body['id']);
          expect(await world().settled(id)).toBe('compensated');
          const history = await world().call('GET', `/v1/sagas/${id}/history`);
          expect(history.status).toBe(200);
          expect(JSON.stringify(history.body)).toMatch(/(unstorable|malformed|oversize)_reply/);
        } finally {
          await stranger.close();
        }
      },
    );

    test('hurts nobody else: an order after all this completes', async () => {
      const id = await world().order();
      expect(await world().settled(id)).toBe('completed');
    });
  },
  [survey],
);

/** A participant without manners: answers everything it is asked with `reply`, and forgets politely. */
async function startStranger({ demo, prefix }: OrderWorld, reply: string): Promise<NatsConnection> {
  const stranger = await connect({ servers: demo.natsUrl });
  stranger.subscribe(`${prefix}.stranger.ask`, {
    callback: (_error, message) => void message.respond(reply),
  });
  stranger.subscribe(`${prefix}.stranger.forget`, {
    callback: (_error, message) => void message.respond('{}'),
  });
  await stranger.flush();
  return stranger;
}
