import { once } from 'node:events';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { listen } from '../../src/cli/listen.ts';
import { openSocketServer } from '../../src/cli/socket-server.ts';
import { createApp } from '../../src/http/app.ts';
import type { AppOptions } from '../../src/http/index.ts';
import { openApi, slow, obliging, stubborn } from '../cli/api-world.ts';
import { installWorkspace, openReceiver } from './genuine-receiver.ts';

/** An API that can be inspected, beside the one that the world has. */
async function openInspected(script = obliging, options: Partial<AppOptions> = {}) {
  const world = await openApi(script);
  const app = createApp({ orchestrator: world.orchestrator, inspect: { origins: [] }, ...options });
  const sockets = await openSocketServer();
  const fetch = (request: Request, env: object) => app.fetch(request, env);
  const server = await listen(fetch, { host: '127.0.0.1', port: 0, sockets });
  onTestFinished(async () => {
    sockets.hangUp();
    await server.close();
  });
  return { ...world, app, address: `${new URL(server.url).host}/v1/inspect` };
}

interface Message {
  readonly type: string;
  readonly sessionId: string;
  readonly machine: string;
  readonly state: string;
}

/** An inspector that is no genuine one, and hears everything as it was sent. */
async function openListener(address: string, headers: Readonly<Record<string, string>> = {}) {
  const socket = new WebSocket(`ws://${address}`, { headers });
  onTestFinished(() => socket.terminate());
  const heard: Message[] = [];
  socket.on('message', (data: Buffer) => void heard.push(JSON.parse(data.toString()) as Message));
  await once(socket, 'open');
  return { socket, heard, begin: () => socket.send('{"type":"xstate.inspecting"}') };
}

/** What the server says instead of opening a socket. */
async function refusal(address: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const socket = new WebSocket(`ws://${address}`, { headers });
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  socket.terminate();
  return response.statusCode;
}

describe('an inspector of XState 4', () => {
  let missing: string | undefined;
  beforeAll(async () => {
    missing = await installWorkspace();
  }, 90_000);

  test('follows a saga: the genuine receiver makes a machine of its own from it, and its states', async (context) => {
    if (missing !== undefined) {
      console.warn(`SKIPPED: ${missing}`);
      context.skip(missing);
    }
    const { address, orchestrator, play } = await openInspected(slow);
    await orchestrator.start('order', { amount: 5 }, { id: 'o1' });
    const { understood } = openReceiver(address);
    await expect.poll(understood, { timeout: 20_000 }).toHaveLength(3);
    play(({ step, op }) =>
      step === 'charge' && op === 'do'
        ? { type: 'refused', error: { code: 'no_money', message: 'no' } }
        : { type: 'succeeded', result: {} },
    );
    await expect.poll(() => understood().at(-1)?.type, { timeout: 20_000 }).toBe('service.stop');
    const [registered, ...moves] = understood();
    expect(registered).toMatchObject({
      type: 'service.register',
      sessionId: 'o1',
      id: 'order',
      kind: 'StateNode',
      steps: ['reserve', 'charge', 'ship'],
      value: { running: { reserve: 'executing' } },
    });
    expect(
      moves.map(({ type, event, value, done }) => [type.slice(8), event ?? value, done ?? false]),
    ).toEqual([
      ['event', 'reserve.succeeded', false],
      ['state', { running: { charge: 'executing' } }, false],
      ['event', 'charge.refused', false],
      ['state', { compensating: { reserve: 'executing' } }, false],
      ['event', 'undoReserve.succeeded', false],
      ['state', 'compensated', true],
      ['stop', undefined, false],
    ]);
  });
});

describe('the socket for inspectors', () => {
  test('tells of the newest sagas, in order, and of new ones', async () => {
    const { address, settle } = await openInspected();
    for (const id of ['a', 'b']) await settle(id);
    const { heard, begin } = await openListener(address);
    begin();
    await expect.poll(() => heard.filter(({ type }) => type === 'service.stop')).toHaveLength(2);
    await settle('c');
    await expect.poll(() => heard.filter(({ type }) => type === 'service.stop')).toHaveLength(3);
    const registered = heard.filter(({ type }) => type === 'service.register');
    expect(registered.map(({ sessionId }) => sessionId)).toEqual(['a', 'b', 'c']);
  });

  test('tells of the saga that is asked for only', async () => {
    const { address, settle } = await openInspected();
    for (const id of ['a', 'b']) await settle(id);
    const { heard, begin } = await openListener(`${address}?sagaId=b`);
    begin();
    await expect.poll(() => heard.at(-1)?.type).toBe('service.stop');
    expect(new Set(heard.map(({ sessionId }) => sessionId))).toEqual(new Set(['b']));
  });

  test('does nothing before it is asked, and nothing that an inspector wants of a saga', async () => {
    const { address, settle, orchestrator } = await openInspected(stubborn);
    await settle('a');
    const { heard, begin, socket } = await openListener(address);
    socket.send('nonsense');
    socket.send(JSON.stringify({ type: 'xstate.event', event: '{"name":"retry","data":{"type":"retry"}}' }));
    begin();
    begin();
    await expect.poll(() => heard.length).toBeGreaterThan(5);
    expect(heard.filter(({ type }) => type === 'service.register')).toHaveLength(1);
    expect(await orchestrator.history('a')).toHaveLength(
      heard.filter(({ type }) => /state|reg/.test(type)).length,
    );
  });

  test('leaves out what is redacted', async () => {
    const { address, settle } = await openInspected(obliging, { redact: ['input.amount'] });
    await settle('a');
    const { heard, begin } = await openListener(address);
    begin();
    await expect.poll(() => heard.at(-1)?.type).toBe('service.stop');
    expect(JSON.parse(heard[0]?.state ?? '')).toMatchObject({ context: { input: { amount: '[redacted]' } } });
    expect(heard.map(({ state }) => state).join()).not.toContain('"amount":5');
  });

  test('is not there unless it is turned on, and no page but its own gets in', async () => {
    const { address } = await openInspected();
    const hosted = await openInspected(obliging, { inspect: { origins: ['https://stately.ai'] } });
    const off = await openApi();
    expect(await (await fetch(`${off.url}/v1/inspect`)).json()).toMatchObject({
      status: 404,
      code: 'inspect_off',
    });
    expect((await fetch(`http://${address}`)).status).toBe(426);
    expect(await refusal(address, { Origin: 'https://evil.example' })).toBe(403);
    expect(await refusal(address, { Origin: 'https://stately.ai' })).toBe(403);
    await openListener(address, { Origin: `http://${address.split('/')[0]}` });
    await openListener(hosted.address, { Origin: 'https://stately.ai' });
  });

  test('is for this machine only', async () => {
    const { app } = await openInspected();
    const ask = (address: string | undefined) =>
      app.request(
        'http://localhost/v1/inspect',
        { headers: { Upgrade: 'websocket' } },
        {
          incoming: { socket: { remoteAddress: address, remoteFamily: 'IPv4', remotePort: 1 } },
        },
      );
    expect((await ask('192.0.2.7')).status).toBe(403);
    expect((await ask(undefined)).status).toBe(403);
    expect((await app.request('http://localhost/v1/inspect')).status).toBe(403);
  });
});
