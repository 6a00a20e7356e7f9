import assert from 'node:assert/strict';
import {
  ask,
  assertRetryableLoss,
  assertSame,
  type ContractRule,
  createGate,
  eventually,
  serve,
  succeed,
  toRules,
  type TransportRules,
  type TransportWorld,
} from './transport-world.ts';

/** The further rules of a transport whose connection can be lost; its world offers an `outage`. */
export function outageTransportContract(options: {
  readonly create: () => Promise<TransportWorld>;
}): readonly ContractRule[] {
  return toRules(options.create, RULES);
}

const RULES: TransportRules = {
  'an outage settles pending requests as lost, and afterwards everything works again': async (world) => {
    const started = createGate();
    const never = createGate();
    await serve(world, async (request) => {
      if (request.attempt > 1) return { type: 'succeeded', result: 'back' };
      started.open();
      await never.opened;
      return undefined;
    });
    const pending = ask(world, { attempt: 1 });
    await started.opened;
    await outageOf(world).begin();
    assertRetryableLoss(await pending);
    await eventually(async () => assert.equal(world.requester.isConnected(), false));
    assertRetryableLoss(await ask(world, { attempt: 2 }));
    await outageOf(world).end();
    await eventually(async () =>
      assertSame(await ask(world, { attempt: 3 }), { type: 'succeeded', result: 'back' }),
    );
    assert.equal(world.requester.isConnected(), true);
    never.open();
  },

  'a command given up during an outage is not sent when it ends': async (world) => {
    const attempts: number[] = [];
    await serve(world, async (request) => {
      attempts.push(request.attempt);
      return { type: 'sealed' };
    });
    await outageOf(world).begin();
    await eventually(async () => assert.equal(world.requester.isConnected(), false));
    for (let attempt = 100; attempt < 110; attempt += 1) assertRetryableLoss(await ask(world, { attempt }));
    await outageOf(world).end();
    await eventually(async () => assert.equal((await ask(world, { attempt: 1 })).type, 'sealed'));
    assert(
      attempts.every((attempt) => attempt === 1),
      `received ${attempts.join(', ')}`,
    );
  },

  'closing during an outage does not wait for its end': async (world) => {
    const serving = await serve(world, succeed);
    await outageOf(world).begin();
    await eventually(async () => assert.equal(world.requester.isConnected(), false));
    await Promise.all([serving.close(), world.requester.close(), world.responder.close()]);
    assertRetryableLoss(await ask(world, {}));
    await outageOf(world).end();
  },
};

function outageOf(world: TransportWorld): NonNullable<TransportWorld['outage']> {
  assert(world.outage, 'the world must offer an outage');
  return world.outage;
}
