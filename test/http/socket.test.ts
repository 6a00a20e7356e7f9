import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProblemBody } from '../../src/http/system-schemas.ts';
import { createWorld, goodOrder } from './api-world.ts';

async function serveWorld() {
  const { app } = await createWorld();
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  if (!server.listening) await once(server, 'listening');
  onTestFinished(async () => void server.close());
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}` };
}

const json = { 'Content-Type': 'application/json' };

/** What the server says to these bytes; `go`: what follows once they are sent. */
async function talk(
  port: number,
  head: string,
  go?: (write: (text: string) => Promise<void>) => Promise<void>,
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text) => (answer += text));
  // The server may end the line while much is still on its way.
  socket.on('error', () => {});
  const closed = once(socket, 'close').catch(() => {});
  await once(socket, 'connect');
  const write = (text: string) => new Promise<void>((resolve) => socket.write(text, () => resolve()));
  await write(head);
  await go?.(write);
  await expect.poll(() => answer, { timeout: 10_000 }).toMatch(/\r\n\r\n[^]*\}/);
  socket.destroy();
  await closed;
  return answer;
}

describe('over a real socket', () => {
  it('starts and settles a saga', async () => {
    const { url } = await serveWorld();
    const answer = await fetch(`${url}/v1/sagas?wait=10s`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify(goodOrder),
    });
    expect([answer.status, ((await answer.json()) as { status: string }).status]).toEqual([201, 'completed']);
  });

  it('refuses 10 MB with 413, and serves the next request', async () => {
    const { url, port } = await serveWorld();
    const body = JSON.stringify({ name: 'order', input: 'x'.repeat(10_000_000) });
    const head = `POST /v1/sagas HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await talk(port, head, async (write) => void write(body));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('refuses 10 MB that come in chunks, whose length nobody told', async () => {
    const { url, port } = await serveWorld();
    const head =
      'POST /v1/sagas HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const answer = await talk(port, head, async (write) => {
      for (let sent = 0; sent < 160; sent += 1) void write(chunk);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('tells a client that sends 10 MB with fetch', async () => {
    const { url } = await serveWorld();
    const answer = await fetch(`${url}/v1/sagas`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ name: 'order', input: 'x'.repeat(10_000_000) }),
    });
    expect([answer.status, ProblemBody.parse(await answer.json()).code]).toEqual([413, 'body_too_large']);
  });

  it('takes a small body in chunks', async () => {
    const { port } = await serveWorld();
    const body = JSON.stringify(goodOrder);
    const head =
      'POST /v1/sagas HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answer = await talk(port, head, async (write) => {
      await write(`5\r\n${body.slice(0, 5)}\r\n`);
      await write(`${(body.length - 5).toString(16)}\r\n${body.slice(5)}\r\n0\r\n\r\n`);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('takes an action without a body', async () => {
    const { url } = await serveWorld();
    await fetch(`${url}/v1/sagas?wait=10s`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ ...goodOrder, id: 'a' }),
    });
    const answer = await fetch(`${url}/v1/sagas/a/cancel`, { method: 'POST' });
    expect([answer.status, ProblemBody.parse(await answer.json()).legal]).toEqual([409, []]);
  });
});
