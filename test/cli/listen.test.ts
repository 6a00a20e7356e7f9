import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createHealthApp } from '../../src/cli/health-app.ts';
import { listen } from '../../src/cli/listen.ts';

async function open() {
  const health = () => ({ isReady: true }) as never;
  const app = createHealthApp({ health, metrics: { contentType: 'text/plain', text: async () => '' } });
  const server = await listen((request) => app.fetch(request), { host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  return server.url;
}

/** All that the server says to these bytes. */
async function say(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (text: string) => (answer += text));
  await once(socket, 'connect');
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

test.each([
  ['what is no request', 'HELLO\r\n\r\n', 400, 'malformed_request'],
  [
    'headers without end',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers_too_large',
  ],
])('%s is answered with a problem', async (_what, bytes, status, code) => {
  const answer = await say(await open(), bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toContain('Content-Type: application/problem+json');
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status, code });
});

test('what there is not where health is answered is a problem, too', async () => {
  const answer = await fetch(`${await open()}/v1/sagas`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
});
