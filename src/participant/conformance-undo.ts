import { describeReply } from './conformance-ask.ts';
import type { Check } from './conformance-check.ts';
import { expectNever, expectSame, expectSuccess, isNever, requireSuccess } from './conformance-replies.ts';
import type { Scene } from './conformance-scene.ts';

const needs = ['compensation'] as const;

/** Can what was done be undone, whatever the order in which commands arrive? */
export const undoChecks: readonly Check[] = [
  {
    name: 'an undo succeeds',
    guarantee: 'undo',
    effect: { name: 'an undo takes the effect back', guarantee: 'undo' },
    needs,
    how: 'Sent an action, then its undo.',
    remedy:
      'Let the compensation find what to take back by the key of the barrier (the action and its undo share all of it but the op), and take it back in the transaction of its own barrier row.',
    run: async (scene) => {
      const step = scene.step();
      requireSuccess(scene, await step.do());
      expectSuccess(scene, 'The undo', await step.undo());
      await scene.expectEffects(0);
    },
  },
  {
    name: 'a repeated undo gets the same reply',
    guarantee: 'undo once',
    effect: { name: 'a repeated undo takes back once', guarantee: 'undo once' },
    needs,
    how: 'Sent two actions, then the undo of the first three times, two of them at once.',
    remedy:
      'Give the undo a barrier row of its own, inserted in the transaction that takes the effect back, with its reply.',
    run: repeatUndo,
  },
  {
    name: 'an undo before its action succeeds',
    guarantee: 'undo of nothing',
    effect: { name: 'an undo before its action changes nothing', guarantee: 'undo of nothing' },
    needs,
    how: 'Sent an undo whose action was never sent.',
    remedy:
      'Let an undo first insert the barrier row of its action: when that was not there, nothing happened, and the answer is success without calling the compensation.',
    run: async (scene) => {
      expectSuccess(scene, 'The undo', await scene.step().undo());
      await scene.expectEffects(0);
    },
  },
  {
    name: 'an action after its undo is not carried out',
    guarantee: 'no late action',
    effect: { name: 'an action after its undo takes no effect', guarantee: 'no late action' },
    needs,
    how: 'Sent an undo, then its action.',
    remedy:
      'Let an undo that comes first leave a barrier row that the action runs into, and answer the late action with `sealed`.',
    run: async (scene) => {
      const step = scene.step();
      const undone = await step.undo();
      scene.require(undone.type === 'succeeded', `The undo was answered with: ${describeReply(undone)}.`);
      await scene.mark();
      expectNever(scene, 'The late action', await step.do());
      await scene.expectEffects(0);
    },
  },
  {
    name: 'an action repeated after its undo gets the old reply',
    guarantee: 'no late action',
    effect: { name: 'an action repeated after its undo takes no effect', guarantee: 'no late action' },
    needs,
    how: 'Sent an action, its undo, and the action again.',
    remedy:
      'Keep the barrier row of the action when it is undone: a late duplicate then gets the stored reply (or `sealed`) and is not carried out.',
    run: async (scene) => {
      const step = scene.step();
      const first = await step.do();
      requireSuccess(scene, first);
      await step.undo();
      await scene.mark();
      const late = await step.do();
      if (!isNever(late)) expectSame(scene, 'The repeated action', first, late);
      await scene.expectEffects(0);
    },
  },
  {
    name: 'an action and its undo at the same time are both answered',
    guarantee: 'no late action',
    effect: { name: 'an action and its undo at the same time leave no effect', guarantee: 'no late action' },
    needs,
    how: 'Sent the action and the undo of 8 sagas at once, in both orders.',
    remedy:
      'Let the action and its undo insert the same barrier row first in their transactions: the second then waits for the first, and knows how it ended.',
    run: raceUndo,
  },
];

async function repeatUndo(scene: Scene): Promise<void> {
  const [step, other] = [scene.step(), scene.step()];
  requireSuccess(scene, await step.do());
  // Its effect must survive: a count that stops at zero would hide that something was given back twice.
  requireSuccess(scene, await other.do());
  const first = await step.undo();
  scene.require(first.type === 'succeeded', `The undo was answered with: ${describeReply(first)}.`);
  const again = await Promise.all([step.undo(), step.undo()]);
  expectSame(scene, 'The repeated undo', first, ...again);
  await scene.expectEffects(1);
}

async function raceUndo(scene: Scene): Promise<void> {
  const race = async (_: unknown, index: number) => {
    const step = scene.step();
    if (index % 2 === 0) return Promise.all([step.do(), step.undo()]);
    const [undone, done] = await Promise.all([step.undo(), step.do()]);
    return [done, undone] as const;
  };
  for (const [done, undone] of await Promise.all(Array.from({ length: 8 }, race))) {
    expectSuccess(scene, 'The undo', undone);
    const isRight = done.type === 'succeeded' || isNever(done);
    scene.expect(isRight, `The action was answered with: ${describeReply(done)}.`);
  }
  await scene.expectEffects(0);
}
