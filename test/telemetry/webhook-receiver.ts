import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Alert } from '../../src/core/alert.ts';

/** A request as it came in. */
export interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly alert: Alert;
}

/** How it answers: a status, or not at all. */
export type Answer = number | 'silence';

/** Listens for alerts, and answers by a script: the last answer stands for all that follow. */
export async function receiveAlerts(...script: readonly Answer[]) {
  const posted: Posted[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const answer = script[Math.min(posted.length, script.length - 1)] ?? 200;
      posted.push({ headers: request.headers, body, alert: JSON.parse(body) as Alert });
      if (answer === 'silence') return;
      response.writeHead(answer, answer === 302 ? { Location: '/elsewhere' } : {}).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, posted };
}
