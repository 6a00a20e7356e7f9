import type { MsgHdrs } from 'nats';
import { describe, expect, test } from 'vitest';
import type { CommandRequest, Reply } from '../../src/core/transport.ts';
import { decodeRequest, encodeReply, encodeRequest, type WireMessage } from '../../src/nats/wire.ts';

// Participants in other languages read these bytes: what changes here breaks them.
describe('the wire format', () => {
  test('of a command is fixed', () => {
    const undo: CommandRequest = {
      participant: 'inventory',
      operation: 'release',
      tenant: 'acme',
      sagaId: 's-1',
      sagaName: 'order',
      step: 'reserve',
      attempt: 2,
      op: 'undo',
      idempotencyKey: 'acme:s-1:reserve:0:1:undo',
      deadline: Date.UTC(2030, 0, 2, 3, 4, 5, 678),
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      body: { input: { sku: 'ü' }, original: { id: 7 } },
    };
    expect(toText(encodeRequest(undo))).toEqual({
      headers: [
        'Saga-Id: s-1',
        'Saga-Name: order',
        'Saga-Step: reserve',
        'Saga-Attempt: 2',
        'Saga-Op: undo',
        'Saga-Tenant: acme',
        'Idempotency-Key: acme:s-1:reserve:0:1:undo',
        'Saga-Deadline: 2030-01-02T03:04:05.678Z',
        'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      ],
      body: '{"input":{"sku":"ü"},"original":{"id":7}}',
    });
  });

  test('of every reply is fixed', () => {
    const texts = (
      [
        { type: 'succeeded', result: { ok: true } },
        { type: 'refused', error: { code: 'no', message: 'two\r\nlines', details: [1] } },
        { type: 'failed', error: { code: 'busy', message: 'later' } },
        { type: 'inProgress', retryAfter: 250 },
        { type: 'sealed' },
      ] satisfies readonly Reply[]
    ).map((reply) => toText(encodeReply(reply)));
    expect(texts).toEqual([
      { headers: [], body: '{"ok":true}' },
      {
        headers: ['Nats-Service-Error-Code: 400', 'Nats-Service-Error: two lines'],
        body: '{"code":"no","message":"two\\nlines","retryable":false,"details":[1]}',
      },
      {
        headers: ['Nats-Service-Error-Code: 500', 'Nats-Service-Error: later'],
        body: '{"code":"busy","message":"later","retryable":true}',
      },
      { headers: ['Saga-Reply: in-progress'], body: '{"retryAfterMs":250}' },
      { headers: ['Saga-Reply: sealed'], body: '{}' },
    ]);
  });

  test('of a command without the optional headers is read with their defaults', () => {
    const headers = new Map(
      Object.entries({
        'Saga-Id': ['s'],
        'Saga-Name': ['n'],
        'Saga-Step': ['x'],
        'Saga-Op': ['do'],
        'Idempotency-Key': ['k'],
      }),
    );
    const message = {
      headers: Object.assign(headers, { code: 0 }) as unknown as MsgHdrs,
      data: Buffer.from('{"input":1}'),
    };
    expect(decodeRequest({ participant: 'p', operation: 'o' }, message)).toEqual({
      participant: 'p',
      operation: 'o',
      tenant: 'default',
      sagaId: 's',
      sagaName: 'n',
      step: 'x',
      attempt: 1,
      op: 'do',
      idempotencyKey: 'k',
      body: { input: 1 },
    });
  });
});

function toText(message: WireMessage): { readonly headers: readonly string[]; readonly body: string } {
  const headers = [...(message.headers ?? [])].flatMap(([name, values]) =>
    values.map((value) => `${name}: ${value}`),
  );
  return { headers, body: new TextDecoder().decode(message.body) };
}
