import assert from 'node:assert/strict';
import type { CommandRequest, Reply } from '../core/transport.ts';
import { limitRules } from './transport-contract-limits.ts';
import {
  ask,
  assertSame,
  COMMAND,
  type ContractRule,
  createGate,
  eventually,
  serve,
  succeed,
  toRules,
  toService,
  type TransportRules,
  type TransportWorld,
} from './transport-world.ts';

/** The rules that every transport obeys. `create` makes a world for one of them. */
export function transportContract(options: {
  readonly create: () => Promise<TransportWorld>;
}): readonly ContractRule[] {
  return [...toRules(options.create, { ...DELIVERY, ...CLOSING }), ...limitRules(options.create)];
}

const FAILURE = {
  code: 'out_of_stock',
  message: 'no “Zürich” 🧀 left',
  details: { sku: 'a-1', missing: 3 },
} as const;

const DELIVERY: TransportRules = {
  'every kind of reply arrives as it was given': async (world) => {
    const replies: readonly Reply[] = [
      { type: 'succeeded', result: { reserved: true, note: 'Ünïcödé 🧾 \n\t"' } },
      { type: 'succeeded', result: null },
      { type: 'succeeded', result: 'text' },
      { type: 'succeeded', result: [1, 2.5, -0.1, false, [], {}] },
      { type: 'refused', error: FAILURE },
      { type: 'failed', error: FAILURE },
      { type: 'failed', error: { code: 'busy', message: 'later' } },
      { type: 'inProgress', retryAfter: 250 },
      { type: 'sealed' },
    ];
    await serve(world, async (request) => replies[request.attempt]);
    for (const [attempt, reply] of replies.entries()) {
      assertSame(await ask(world, { attempt }), reply);
    }
  },

  'a command arrives whole, with everything it says': async (world) => {
    const seen: CommandRequest[] = [];
    await serve(world, async (request) => {
      seen.push(request);
      return { type: 'sealed' };
    });
    const full: CommandRequest = {
      ...COMMAND,
      tenant: 'acme',
      attempt: 7,
      op: 'undo',
      deadline: 1_900_000_000_123,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      body: { input: { city: 'Zürich', emoji: '🧀', line: 'a\r\nb' }, original: { id: 'r-1', of: ['x', 1] } },
    };
    await ask(world, full);
    await ask(world, {});
    assert.deepEqual(seen, [full, COMMAND]);
  },

  'a result of undefined arrives as null': async (world) => {
    await serve(world, async () => ({ type: 'succeeded', result: undefined }));
    assertSame(await ask(world, {}), { type: 'succeeded', result: null });
  },

  'a command that nobody serves is unreachable': async (world) => {
    assert.equal((await ask(world, {})).type, 'unreachable');
    await serve(world, succeed);
    assert.equal((await ask(world, { operation: 'release' })).type, 'succeeded');
    assert.equal((await ask(world, { operation: 'other' })).type, 'unreachable');
    assert.equal((await ask(world, { participant: 'other' })).type, 'unreachable');
  },

  'no reply comes before request has returned': async (world) => {
    await serve(world, succeed);
    const commands: readonly Partial<CommandRequest>[] = [
      {},
      { participant: 'nobody' },
      { participant: 'not a token' },
    ];
    for (const command of commands) {
      let returned = false;
      await new Promise<void>((resolve, reject) => {
        world.requester.request({ ...COMMAND, ...command }, () =>
          returned ? resolve() : reject(new Error('settled inside request')),
        );
        returned = true;
      });
    }
  },

  'a request that was abandoned never settles, and others do': async (world) => {
    const gate = createGate();
    await serve(world, async (request) => {
      if (request.attempt === 1) await gate.opened;
      return { type: 'succeeded', result: request.attempt };
    });
    const late: Reply[] = [];
    const abandon = world.requester.request({ ...COMMAND, attempt: 1 }, (reply) => late.push(reply));
    assertSame(await ask(world, { attempt: 2 }), { type: 'succeeded', result: 2 });
    abandon();
    gate.open();
    assertSame(await ask(world, { attempt: 3 }), { type: 'succeeded', result: 3 });
    abandon();
    assert.deepEqual(late, []);
  },

  'an abandoned request that could not be sent never settles either': async (world) => {
    const replies: Reply[] = [];
    world.requester.request({ ...COMMAND, participant: 'a b' }, (reply) => replies.push(reply))();
    await ask(world, {});
    assert.deepEqual(replies, []);
  },

  'a handler that answers nothing sends nothing': async (world) => {
    await serve(world, async (request) => (request.attempt === 1 ? undefined : { type: 'sealed' }));
    const silent: Reply[] = [];
    world.requester.request({ ...COMMAND, attempt: 1 }, (reply) => silent.push(reply));
    assert.equal((await ask(world, { attempt: 2 })).type, 'sealed');
    assert.deepEqual(silent, []);
  },

  'a handler that throws has failed, which proves nothing': async (world) => {
    await serve(world, async () => {
      throw new Error('boom');
    });
    assertSame(await ask(world, {}), { type: 'failed', error: { code: 'error', message: 'boom' } });
  },

  'requests at the same time get their own replies': async (world) => {
    await serve(world, async (request) => ({ type: 'succeeded', result: request.body.input }));
    const inputs = Array.from({ length: 500 }, (_, index) => index);
    const replies = await Promise.all(inputs.map((input) => ask(world, { body: { input } })));
    assertSame(
      replies,
      inputs.map((result) => ({ type: 'succeeded', result })),
    );
  },

  'two servings of a participant share its commands, each command reaching one': async (world) => {
    const counts = [0, 0];
    const count = (index: number) => async (): Promise<Reply> => {
      counts[index] = (counts[index] ?? 0) + 1;
      return { type: 'succeeded', result: index };
    };
    await serve(world, count(0));
    await serve(world, count(1));
    await Promise.all(Array.from({ length: 200 }, () => ask(world, {})));
    assert.equal((counts[0] ?? 0) + (counts[1] ?? 0), 200);
    assert(
      counts.every((served) => served > 20),
      `shared as ${counts.join(' and ')}`,
    );
  },
};

const CLOSING: TransportRules = {
  'a serving that closes finishes what it has at hand and takes nothing new': async (world) => {
    const gate = createGate();
    const started = createGate();
    const serving = await serve(world, async (request) => {
      started.open();
      if (request.op === 'do') await gate.opened;
      return { type: 'succeeded', result: 'finished' };
    });
    const atHand = ask(world, {});
    await started.opened;
    let isClosed = false;
    const closed = serving.close().then(() => {
      isClosed = true;
    });
    await eventually(async () => assert.equal((await ask(world, { op: 'seal' })).type, 'unreachable'));
    await ask(world, { op: 'seal' });
    assert.equal(isClosed, false);
    gate.open();
    await closed;
    assertSame(await atHand, { type: 'succeeded', result: 'finished' });
  },

  'closing settles every pending request as lost, and later ones too': async (world) => {
    const started = createGate();
    const never = createGate();
    await serve(world, async () => {
      started.open();
      await never.opened;
      return undefined;
    });
    const pending = ask(world, {});
    await started.opened;
    const closing = world.requester.close();
    const reply = await pending;
    never.open();
    await closing;
    assert.equal(reply.type, 'lost');
    assert.equal((await ask(world, {})).type, 'lost');
    assert.equal(world.requester.isConnected(), false);
    await world.requester.close();
  },

  'closing the responder finishes what its servings have at hand': async (world) => {
    if (world.responder === world.requester) return;
    const gate = createGate();
    const started = createGate();
    await serve(world, async () => {
      started.open();
      await gate.opened;
      return { type: 'succeeded', result: 'finished' };
    });
    const atHand = ask(world, {});
    await started.opened;
    const closed = world.responder.close();
    gate.open();
    await closed;
    assertSame(await atHand, { type: 'succeeded', result: 'finished' });
    await assert.rejects(world.responder.serve(toService(succeed)));
  },
};
