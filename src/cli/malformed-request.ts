import type { Duplex } from 'node:stream';

/** What Node's own parser makes of what is no request, by its error's code. */
const refusals: Readonly<Record<string, readonly [number, string, string, string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    'headers_too_large',
    'The headers are too large.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'request_timeout', 'The request did not come in time.'],
};
const malformed = [400, 'Bad Request', 'malformed_request', 'What was sent is no HTTP request.'] as const;

/** Answers what never comes as far as a route: with a problem, like everything else that is refused. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, title, code, detail] = refusals[error.code ?? ''] ?? malformed;
  const body = JSON.stringify({ type: `urn:sagachart:problem:${code}`, title, status, detail, code });
  socket.end(
    [
      `HTTP/1.1 ${status} ${title}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
