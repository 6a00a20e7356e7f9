import { expect, test } from 'vitest';
import { openIncident, orderIds, tokens } from './incident-world.ts';

interface Body {
  readonly [name: string]: unknown;
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly sagas: readonly { readonly id: string; readonly status: string }[];
  readonly next: string | null;
}

type Call = (
  who: keyof typeof tokens,
  method: string,
  path: string,
  body?: object,
  headers?: Readonly<Record<string, string>>,
) => Promise<{ readonly status: number; readonly body: Body }>;

test('an incident is found, understood and mended over HTTP alone, and it is on record who did what', async () => {
  const { url, mend, effectsOf } = await openIncident();
  const call: Call = async (who, method, path, body, headers = {}) => {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${tokens[who]}`, 'Content-Type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Body };
  };

  // Twenty orders come in while the bank is down.
  const started = await Promise.all(
    orderIds.map((id) =>
      call('ada', 'POST', '/sagas?wait=30s', { id, name: 'order', input: { customer: `c-${id}` } }),
    ),
  );
  expect(started.map(({ status, body }) => [status, body.status])).toEqual(
    orderIds.map(() => [201, 'failed']),
  );

  // Which ones, page by page.
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = cursor === '' ? '' : `&cursor=${cursor}`;
    const { body } = await call(
      'ada',
      'GET',
      `/sagas?status=failed&step=charge&error=bank_down&limit=8${page}`,
    );
    found.push(...body.sagas.map(({ id }) => id));
    cursor = body.next;
  }
  expect(found.toSorted()).toEqual(orderIds);
  const { body: newest } = await call('ada', 'GET', '/sagas?status=failed&limit=1');
  expect(newest['counts']).toMatchObject({ failed: 20, completed: 0 });

  // What they have in common.
  const { body: errors } = await call('ada', 'GET', '/errors?name=order');
  expect(errors['errors']).toMatchObject([{ name: 'order', step: 'charge', code: 'bank_down', count: 20 }]);

  // What could be done with one of them.
  const { body: looked } = await call('ada', 'GET', '/sagas/o-01');
  expect(looked['legal']).toEqual(expect.arrayContaining(['retry', 'decide', 'resolve']));
  const { body: preview } = await call('ada', 'POST', '/sagas/o-01/preview', {
    action: 'decide',
    choice: 'compensate',
  });
  expect(preview).toMatchObject({
    legal: true,
    from: { status: 'failed' },
    to: { status: 'compensating' },
    overridden: false,
  });
  expect(effectsOf('o-01')).toEqual(['stock.reserve']);

  // One customer does not want to wait, another has paid in cash.
  const match = { 'If-Match': `"${looked.version}"` };
  const decision = { choice: 'compensate', reason: 'the customer went elsewhere' };
  expect((await call('grace', 'POST', '/sagas/o-01/decide', decision, match)).status).toBe(202);
  const stale = { 'If-Match': '"1"' };
  expect((await call('grace', 'POST', '/sagas/o-03/decide', decision, stale)).status).toBe(412);
  const resolution = { as: 'succeeded', result: { paid: 'in cash' }, reason: 'paid in cash' };
  expect((await call('ada', 'POST', '/sagas/o-02/resolve', resolution)).status).toBe(202);

  // The bank is back: all others are tried again, which only an admin may ask for.
  mend();
  const all = {
    action: 'retry',
    filter: { status: 'failed', error: 'bank_down' },
    reason: 'the bank is back',
  };
  expect((await call('ada', 'POST', '/batches', all)).status).toBe(403);
  const batch = await call('grace', 'POST', '/batches', all);
  expect(batch).toMatchObject({ status: 202, body: { action: 'retry' } });
  const progress = async () => (await call('ada', 'GET', `/batches/${batch.body.id}`)).body;
  await expect
    .poll(progress, { timeout: 20_000 })
    .toMatchObject({ status: 'done', total: 18, done: 18, failed: 0 });

  // Nobody waits any more.
  const counts = async () => (await call('ada', 'GET', '/sagas?limit=1')).body['counts'];
  await expect.poll(counts, { timeout: 20_000 }).toMatchObject({ completed: 19, compensated: 1, failed: 0 });
  expect(effectsOf('o-01')).toEqual(['stock.reserve', 'bank.refund', 'stock.release']);
  expect(effectsOf('o-02')).toEqual(['stock.reserve', 'parcels.ship']);
  expect(effectsOf('o-03')).toEqual(['stock.reserve', 'bank.charge', 'parcels.ship']);
  // The order that was turned back for the fault keeps it.
  const { body: afterwards } = await call('ada', 'GET', '/errors?name=order');
  expect(afterwards['errors']).toMatchObject([{ code: 'bank_down', count: 1, sagaIds: ['o-01'] }]);
  const { body: overridden } = await call('ada', 'GET', '/sagas?overridden=true');
  expect(overridden.sagas.map(({ id }) => id)).toEqual(['o-02']);

  // It is on record.
  const audit = async (query: string) =>
    (await call('ada', 'GET', `/audit?${query}`)).body['entries'] as readonly Readonly<
      Record<string, unknown>
    >[];
  expect(await audit('saga=o-01')).toMatchObject([
    { sagaId: 'o-01', action: 'decide', actor: 'grace', reason: 'the customer went elsewhere' },
  ]);
  expect(await audit('saga=o-02')).toMatchObject([
    { action: 'resolve', actor: 'ada', reason: 'paid in cash' },
  ]);
  const retried = await audit('action=retry');
  expect(retried.map(({ sagaId }) => String(sagaId)).toSorted()).toEqual(orderIds.slice(2));
  expect(new Set(retried.map(({ actor, reason }) => `${String(actor)}: ${String(reason)}`))).toEqual(
    new Set(['grace: the bank is back']),
  );
});
