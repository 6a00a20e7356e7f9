import type { Reply } from '../core/transport.ts';
import { describeReply } from './conformance-ask.ts';
import type { Check } from './conformance-check.ts';
import { expectNever, expectSame, expectSuccess } from './conformance-replies.ts';
import type { Scene, StepUnderTest } from './conformance-scene.ts';

const needs = ['refusedInput'] as const;
const guarantee = 'refusal without effect';

/** Is a refusal a promise that there is no effect, and never will be? */
export const refusalChecks: readonly Check[] = [
  {
    name: 'a repeated refusal stays the same',
    guarantee,
    effect: { name: 'a refused action takes no effect', guarantee },
    needs,
    how: 'Sent an action that is refused three times with one key.',
    remedy:
      'Answer a refusal with "retryable": false, roll back what the handler wrote, and keep the refusal in the barrier row so that a repetition gets the same.',
    run: async (scene) => {
      const step = scene.step();
      const first = await step.do(scene.lab.refusedInput);
      const isRight = first.type === 'refused';
      scene.expect(isRight, `The input that is to be refused was answered with: ${describeReply(first)}.`);
      const again = [await step.do(scene.lab.refusedInput), await step.do(scene.lab.refusedInput)];
      if (isRight) expectSame(scene, 'The repeated action', first, ...again);
      await scene.expectEffects(0);
    },
  },
  {
    name: 'a refused action is not carried out later',
    guarantee,
    effect: { name: 'a refused action takes no effect later', guarantee },
    needs,
    how: 'Sent an action that is refused, then one with the same key that would succeed, as if stock had come in meanwhile.',
    remedy:
      'Store the refusal in the barrier row of the action, in a transaction that keeps nothing else, and answer with it from then on.',
    run: async (scene) => {
      const { step } = await refused(scene);
      expectNever(scene, 'The refused action', await step.do());
      await scene.expectEffects(0);
    },
  },
  {
    name: 'an undo after a refusal succeeds',
    guarantee: 'undo of nothing',
    effect: { name: 'an undo after a refusal changes nothing', guarantee: 'undo of nothing' },
    needs: ['refusedInput', 'compensation'],
    how: 'Sent an action that is refused, then its undo.',
    remedy:
      'Let an undo look at the barrier row of its action: when that holds a refusal, answer success without calling the compensation.',
    run: async (scene) => {
      const { step } = await refused(scene);
      expectSuccess(scene, 'The undo', await step.undo());
      await scene.expectEffects(0);
    },
  },
  {
    name: 'a seal after a refusal gets the refusal',
    guarantee: 'seal',
    needs,
    how: 'Sent an action that is refused, then a seal.',
    remedy: 'Answer a seal from the barrier row of the action, with the refusal stored in it.',
    run: async (scene) => {
      const { step, reply } = await refused(scene);
      expectSame(scene, 'The seal', reply, await step.seal());
    },
  },
];

async function refused(scene: Scene): Promise<{ readonly step: StepUnderTest; readonly reply: Reply }> {
  const step = scene.step();
  const reply = await step.do(scene.lab.refusedInput);
  scene.require(reply.type === 'refused', `The action was not refused: ${describeReply(reply)}.`);
  return { step, reply };
}
