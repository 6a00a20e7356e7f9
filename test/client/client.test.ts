import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import {
  ConflictError,
  createClient,
  NotAllowedError,
  NotFoundError,
  ProblemError,
  type RetryOptions,
  type SagaMove,
  StorageUnavailableError,
  UnavailableError,
  ValidationError,
} from '../../src/client/index.ts';
import { closedAddress } from '../cli/in-process.ts';
import { openApi, slow, stubborn } from '../cli/api-world.ts';

const retry: Partial<RetryOptions> = { delay: 1 };

/** Answers that come before those of the server, each once; `undefined`: as if nobody were there. */
function answering(first: readonly ((() => Response) | undefined)[]) {
  const sent: { readonly method: string; readonly headers: Headers }[] = [];
  const answers = [...first];
  const send: typeof fetch = async (input, init = {}) => {
    const headers = new Headers(init.headers);
    sent.push({ method: init.method ?? 'GET', headers });
    if (answers.length === 0) return fetch(input, init);
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError('fetch failed');
    return answer();
  };
  return { sent, send };
}

function problem(status: number, code: string, headers: Readonly<Record<string, string>> = {}) {
  return () =>
    new Response(JSON.stringify({ status, code, detail: code, requestId: 'r1' }), {
      status,
      headers: { 'Content-Type': 'application/problem+json', ...headers },
    });
}

async function collect(moves: AsyncIterable<SagaMove>): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const { seq, type } of moves) types.push(`${seq} ${type}`);
  return types;
}

const journal = ['1 start', '2 reserve.succeeded', '3 charge.succeeded', '4 ship.succeeded'];

describe('the client', () => {
  test('starts a saga, waits for its end and reads it', async () => {
    const { url } = await openApi();
    const client = createClient({ url: `${url}/` });
    const started = await client.start('order', { amount: 5 }, { id: 'o1', attributes: { customer: 'ada' } });
    expect(started).toMatchObject({ id: 'o1', attributes: { customer: 'ada' } });
    const settled = await client.settled('o1');
    expect([settled.status, settled.results]).toEqual([
      'completed',
      { reserve: { done: 'reserve' }, charge: { done: 'charge' }, ship: { done: 'ship' } },
    ]);
    expect(await client.get('o1')).toEqual(settled);
  });

  test('gives the saga as it is when it is not settled in time', async () => {
    const { url } = await openApi(slow);
    const client = createClient({ url });
    await client.start('order', { amount: 5 }, { id: 'o1' });
    expect(await client.settled('o1', { timeout: 50 })).toMatchObject({ id: 'o1', status: 'running' });
  });

  test('takes a parked saga for settled', async () => {
    const { url } = await openApi(stubborn);
    const client = createClient({ url });
    await client.start('order', { amount: 5 }, { id: 'o1' });
    expect(await client.settled('o1')).toMatchObject({
      status: 'failed',
      legal: expect.arrayContaining(['retry']),
    });
  });

  test('reaches every route with its types', async () => {
    const { url } = await openApi(stubborn);
    const { routes, start, settled } = createClient({ url });
    await start('order', { amount: 5 }, { id: 'o1' });
    const { version } = await settled('o1');
    const accepted = await routes.v1.sagas[':id'].resolve.$post({
      param: { id: 'o1' },
      header: { 'if-match': `"${version}"` },
      json: { as: 'abandoned', reason: 'written off' },
    });
    expect((await accepted.json()).status).toBe('abandoned');
    const definitions = await (await routes.v1.definitions.$get()).json();
    expect(definitions.items.map(({ name }) => name)).toEqual(['order', 'ping']);
  });

  test('says who asks, with a token of now and for a tenant', async () => {
    const { url } = await openApi();
    const { sent, send } = answering([]);
    let issued = 0;
    const token = () => Promise.resolve(`token-${(issued += 1)}`);
    const client = createClient({ url, token, tenant: 'acme', fetch: send });
    const { tenant } = await client.start('ping', {});
    await client.routes.v1.definitions.$get();
    expect(tenant).toBe('acme');
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });
});

describe('what is no success', () => {
  const caught = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  test('is thrown as the engine’s own error, with the problem as its cause', async () => {
    const { url } = await openApi();
    const client = createClient({ url });
    const missing = await caught(client.get('nobody'));
    expect(missing).toBeInstanceOf(NotFoundError);
    expect(missing).toMatchObject({
      code: 'not_found',
      cause: { problem: { status: 404, code: 'not_found' } },
    });

    const invalid = await caught(client.start('order', { amount: 'much' }));
    expect(invalid).toBeInstanceOf(ValidationError);
    expect(invalid).toMatchObject({ issues: [{ path: '/input/amount' }] });

    await client.start('order', { amount: 1 }, { id: 'o1', idempotencyKey: 'k1' });
    await client.settled('o1');
    expect(await caught(client.start('order', { amount: 2 }, { id: 'o1' }))).toBeInstanceOf(ConflictError);
    const reused = await caught(client.start('order', { amount: 2 }, { idempotencyKey: 'k1' }));
    expect(reused).toBeInstanceOf(ConflictError);
    expect(reused).toMatchObject({ cause: { problem: { status: 422 } } });

    const cancel = client.routes.v1.sagas[':id'].cancel;
    const late = await caught(cancel.$post({ param: { id: 'o1' }, header: {}, json: {} }));
    expect(late).toBeInstanceOf(NotAllowedError);
    expect(late).toMatchObject({ legal: [] });
  });

  test('is a conflict where the saga moved on since the caller looked', async () => {
    const { url } = await openApi(slow);
    const { start, follow, routes } = createClient({ url });
    await start('order', { amount: 1 }, { id: 'o1' });
    for await (const { seq } of follow('o1')) if (seq === 2) break;
    const stale = await caught(
      routes.v1.sagas[':id'].cancel.$post({ param: { id: 'o1' }, header: { 'if-match': '"1"' }, json: {} }),
    );
    expect(stale).toBeInstanceOf(ConflictError);
    expect(stale).toMatchObject({ cause: { problem: { status: 412, code: 'stale_version' } } });
  });

  test('is a problem by itself where the engine has no such error, and where no problem came', async () => {
    const { url } = await openApi();
    const { send } = answering([problem(403, 'forbidden'), () => new Response('<html>', { status: 418 })]);
    const client = createClient({ url, fetch: send, retry });
    const refused = await caught(client.get('a'));
    expect(refused).toBeInstanceOf(ProblemError);
    expect(refused).toMatchObject({ message: 'forbidden', problem: { status: 403, requestId: 'r1' } });
    expect(await caught(client.get('a'))).toMatchObject({ problem: { status: 418, code: 'unknown' } });
  });

  test('is unavailable where nobody answers', async () => {
    const client = createClient({ url: `http://${await closedAddress()}`, retry: { attempts: 2, delay: 1 } });
    const error = await caught(client.get('a'));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ reason: 'unreachable' });
  });
});

describe('a request that failed in passing', () => {
  const busy = problem(503, 'storage_unavailable', { 'Retry-After': '0' });

  test('is sent again when it reads', async () => {
    const { url, settle } = await openApi();
    await settle('o1');
    const { sent, send } = answering([busy, undefined, problem(429, 'overloaded')]);
    const client = createClient({ url, fetch: send, retry });
    expect((await client.get('o1')).id).toBe('o1');
    expect(sent).toHaveLength(4);
  });

  test('is sent again when it carries a key, and starts one saga', async () => {
    const { url, orchestrator } = await openApi();
    const lostAnswer: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      isLost = !isLost;
      if (isLost) throw new TypeError('the connection broke');
      return response;
    };
    let isLost = false;
    const client = createClient({ url, fetch: lostAnswer, retry });
    const { id } = await client.start('order', { amount: 5 });
    const { items } = await orchestrator.list();
    expect(items.map((saga) => saga.id)).toEqual([id]);
  });

  test('is not sent again when it acts: nobody knows whether it did', async () => {
    const { url } = await openApi();
    const { sent, send } = answering([busy]);
    const client = createClient({ url, fetch: send, retry });
    const cancelling = client.routes.v1.sagas[':id'].cancel.$post({
      param: { id: 'o1' },
      header: {},
      json: {},
    });
    await expect(cancelling).rejects.toBeInstanceOf(StorageUnavailableError);
    expect(sent).toHaveLength(1);
  });

  test('is given up after some attempts, and at once where the wait is too long', async () => {
    const { url } = await openApi();
    const often = answering([busy, busy, busy, busy, busy]);
    const patient = createClient({ url, fetch: often.send, retry: { attempts: 3, delay: 1 } });
    await expect(patient.get('a')).rejects.toBeInstanceOf(StorageUnavailableError);
    expect(often.sent).toHaveLength(3);
    const long = answering([problem(503, 'storage_unavailable', { 'Retry-After': '3600' })]);
    const hasty = createClient({ url, fetch: long.send, retry });
    await expect(hasty.get('a')).rejects.toBeInstanceOf(StorageUnavailableError);
    expect(long.sent).toHaveLength(1);
  });
});

describe('following a saga', () => {
  test('tells each move once, in order, and ends with the saga', async () => {
    const { url, play } = await openApi(slow);
    const client = createClient({ url, retry });
    await client.start('order', { amount: 5 }, { id: 'o1' });
    const types: string[] = [];
    for await (const { seq, type } of client.follow('o1')) {
      types.push(`${seq} ${type}`);
      if (seq === 2) play(() => ({ type: 'succeeded', result: {} }));
    }
    expect(types).toEqual(journal);
    expect(await collect(client.follow('o1', { after: 2 }))).toEqual(journal.slice(2));
  });

  test('goes on where a stream broke, from the event that it had', async () => {
    const { url, settle } = await openApi();
    await settle('o1');
    const frame = (seq: number) => `id: p${seq}\nevent: saga\ndata: {"id":"o1","seq":${seq}}\n\n`;
    const streams = [`: hello\n\n${frame(3)}event: saga\nda`, frame(4)];
    const asked: (string | null)[] = [];
    let known = 2;
    const send: typeof fetch = async (input, init) => {
      const target = new URL(input instanceof Request ? input.url : input);
      if (target.pathname === '/v1/stream') {
        asked.push(new Headers(init?.headers).get('last-event-id'));
        return new Response(streams.shift());
      }
      // What the journal has grows with what the stream tells of.
      target.searchParams.set('limit', String(Math.max(1, known - Number(target.searchParams.get('after')))));
      known += 1;
      return fetch(target, init);
    };
    const client = createClient({ url, fetch: send, retry });
    expect(await collect(client.follow('o1'))).toEqual(journal);
    expect(asked).toEqual([null, 'p3']);
  });

  test('ends when it is told to', async () => {
    const { url } = await openApi(slow);
    const client = createClient({ url, retry });
    await client.start('order', { amount: 5 }, { id: 'o1' });
    const stop = new AbortController();
    const following = (async () => {
      for await (const { seq } of client.follow('o1', { signal: stop.signal })) if (seq === 2) stop.abort();
    })();
    await expect(following).rejects.toThrow(/abort/i);
  });

  test('is told where there is no such saga', async () => {
    const { url } = await openApi();
    const client = createClient({ url, retry });
    await expect(collect(client.follow('nobody'))).rejects.toBeInstanceOf(NotFoundError);
  });
});

test('the client brings no code of the server along', async () => {
  const entry = new URL('../../src/client/index.ts', import.meta.url).pathname;
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  });
  const inputs = Object.keys(metafile.inputs);
  const foreign = inputs.filter(
    (file) => !/^(?:src\/client\/|src\/core\/errors\.ts|node_modules\/hono\/dist\/)/.test(file),
  );
  expect(foreign).toEqual([]);
  expect(inputs.filter((file) => /hono\/dist\/(?:hono|router|request|context)/.test(file))).toEqual([]);
});
