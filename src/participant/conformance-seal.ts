import { describeReply } from './conformance-ask.ts';
import type { Check } from './conformance-check.ts';
import { expectSame, requireSuccess } from './conformance-replies.ts';
import type { Scene } from './conformance-scene.ts';

/** Does it say how an action in doubt ended, or promise that it never will run? */
export const sealChecks: readonly Check[] = [
  {
    name: 'a seal after the action gets its reply',
    guarantee: 'seal',
    effect: { name: 'a seal after the action changes nothing', guarantee: 'seal' },
    how: 'Sent an action, then a seal.',
    remedy:
      'Answer `Saga-Op: seal` from the barrier row of the action, with the reply stored in it, and never with the handler.',
    run: async (scene) => {
      const step = scene.step();
      const done = await step.do();
      requireSuccess(scene, done);
      expectSame(scene, 'The seal', done, await step.seal());
      await scene.expectEffects(1);
    },
  },
  {
    name: 'a seal before the action gets `sealed`',
    guarantee: 'seal',
    effect: { name: 'a seal before the action takes no effect', guarantee: 'seal' },
    how: 'Sent a seal whose action was never sent.',
    remedy:
      'Let a seal insert the barrier row of its action: when it was not there, answer with the header `Saga-Reply: sealed`, and do not call the handler.',
    run: async (scene) => {
      const reply = await scene.step().seal();
      scene.expect(reply.type === 'sealed', `The seal was answered with: ${describeReply(reply)}.`);
      await scene.expectEffects(0);
    },
  },
  {
    name: 'an action after its seal gets `sealed`',
    guarantee: 'seal',
    effect: { name: 'an action after its seal takes no effect', guarantee: 'seal' },
    how: 'Sent a seal, then its action.',
    remedy: 'Let the action run into the barrier row that the seal left, and answer with `sealed`.',
    run: async (scene) => {
      const step = scene.step();
      const sealed = await step.seal();
      scene.require(sealed.type === 'sealed', `The seal was answered with: ${describeReply(sealed)}.`);
      await scene.mark();
      const late = await step.do();
      scene.expect(late.type === 'sealed', `The late action was answered with: ${describeReply(late)}.`);
      await scene.expectEffects(0);
    },
  },
  {
    name: 'an action and its seal at the same time agree',
    guarantee: 'seal',
    effect: { name: 'an action and its seal at the same time tell the truth', guarantee: 'seal' },
    how: 'Sent the action and the seal of 8 sagas at once, in both orders.',
    remedy:
      'Let the action and its seal insert the same barrier row first in their transactions: the second waits for the first, and says what that one says.',
    run: raceSeal,
  },
];

async function raceSeal(scene: Scene): Promise<void> {
  const race = async (_: unknown, index: number) => {
    const step = scene.step();
    if (index % 2 === 0) return Promise.all([step.do(), step.seal()]);
    const [sealed, done] = await Promise.all([step.seal(), step.do()]);
    return [done, sealed] as const;
  };
  const ends = await Promise.all(Array.from({ length: 8 }, race));
  for (const [done, sealed] of ends) {
    expectSame(scene, 'The seal, other than the action,', done, sealed);
    const isRight = done.type === 'succeeded' || done.type === 'sealed';
    scene.expect(isRight, `The action was answered with: ${describeReply(done)}.`);
  }
  await scene.expectEffects(ends.filter(([done]) => done.type === 'succeeded').length);
}
