import { describe, expect, test } from 'vitest';
import type { Reply } from '../../src/core/transport.ts';
import { InProcessTransport } from '../../src/memory/transport.ts';
import { transportContract } from '../../src/testing/transport-contract.ts';

describe('the in-process transport', () => {
  const rules = transportContract({
    create: async () => {
      const transport = new InProcessTransport();
      return { requester: transport, responder: transport, close: () => transport.close() };
    },
  });
  for (const rule of rules) test(rule.name, rule.run);

  test('a handler cannot change what the sender holds', async () => {
    const transport = new InProcessTransport();
    const input = { items: ['a'] };
    await transport.serve({
      participant: 'p',
      version: '1.0.0',
      description: '',
      operations: ['o'],
      handle: async (request) => {
        (request.body.input as { items: string[] }).items.push('b');
        return { type: 'succeeded', result: request.body.input };
      },
    });
    const reply = await new Promise<Reply>((resolve) => {
      transport.request(
        {
          participant: 'p',
          operation: 'o',
          tenant: 't',
          sagaId: 's',
          sagaName: 'n',
          step: 'x',
          attempt: 1,
          op: 'do',
          idempotencyKey: 'k',
          body: { input },
        },
        resolve,
      );
    });
    expect(reply).toEqual({ type: 'succeeded', result: { items: ['a', 'b'] } });
    expect(input).toEqual({ items: ['a'] });
  });
});
