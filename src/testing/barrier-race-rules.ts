import assert from 'node:assert/strict';
import type { Op } from '../core/transport.ts';
import { fail, meet, refuse, replyOf, type BarrierRule } from './barrier-scene.ts';

const REPLY = { holdId: 'h-1' };

/** What holds when passages of one action, its undo and its seal come at once. */
export const raceRules: Readonly<Record<string, BarrierRule>> = {
  'runs one of several duplicates that come at once; the others get its reply': async ({
    pass,
    effects,
    calls,
  }) => {
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map((n) => pass('do', async () => n)));
    assert.deepEqual(outcomes.map(({ type }) => type).toSorted(), [
      'applied',
      'replayed',
      'replayed',
      'replayed',
      'replayed',
    ]);
    assert.equal(new Set(outcomes.map(replyOf)).size, 1);
    assert.deepEqual(await effects(), [1, 0]);
    assert.equal(calls(), 1);
  },
  'lets a duplicate wait for the action at work': async (scene) => {
    const [action, duplicate] = await meet(scene, 'do', async () => REPLY);
    assert.deepEqual(
      [action, duplicate],
      [
        { type: 'applied', reply: REPLY },
        { type: 'replayed', reply: REPLY },
      ],
    );
    assert.equal(scene.calls(), 1);
  },
  'lets a duplicate wait for the refusal of the action at work': async (scene) => {
    const [action, duplicate] = await meet(scene, 'do', refuse);
    assert.deepEqual([action.type, duplicate.type], ['refused', 'refused']);
    assert.equal(scene.calls(), 1);
  },
  'runs the waiting duplicate when the action at work fails': async (scene) => {
    const [action, duplicate] = await meet(scene, 'do', fail);
    assert.deepEqual([action.type, duplicate.type], ['rejected', 'applied']);
    assert.deepEqual(await scene.effects(), [1, 0]);
  },
  'lets an undo wait for the action at work, and undoes it': async (scene) => {
    const [action, undo] = await meet(scene, 'undo', async () => 1);
    assert.deepEqual([action.type, undo.type], ['applied', 'applied']);
    assert.deepEqual(await scene.effects(), [1, 1]);
  },
  'finds nothing to undo when the action at work fails': async (scene) => {
    const [action, undo] = await meet(scene, 'undo', fail);
    assert.deepEqual([action.type, undo.type], ['rejected', 'nullUndo']);
    assert.deepEqual(await scene.pass('do'), { type: 'sealed' });
    assert.deepEqual(await scene.effects(), [0, 0]);
  },
  'lets a seal wait for the action at work': async (scene) => {
    const [action, seal] = await meet(scene, 'seal', async () => REPLY);
    assert.deepEqual([action.type, seal], ['applied', { type: 'replayed', reply: REPLY }]);
  },
  'seals when the action at work fails': async (scene) => {
    const [action, seal] = await meet(scene, 'seal', fail);
    assert.deepEqual([action.type, seal.type], ['rejected', 'sealed']);
    assert.deepEqual(await scene.pass('do'), { type: 'sealed' });
  },
  'undoes once when several undos come at once': async ({ pass, effects }) => {
    await pass('do');
    const outcomes = await Promise.all([1, 2, 3].map((n) => pass('undo', async () => n)));
    assert.deepEqual(outcomes.map(({ type }) => type).toSorted(), ['applied', 'replayed', 'replayed']);
    assert.equal(new Set(outcomes.map(replyOf)).size, 1);
    assert.deepEqual(await effects(), [1, 1]);
  },
  'settles action, undo and seal that come at once without an effect left': async ({ pass, effects }) => {
    const ops: readonly Op[] = ['do', 'seal', 'undo', 'do', 'undo'];
    for (let generation = 0; generation < 10; generation += 1) {
      const started = ops.map((_, index) => ops[(index + generation) % ops.length] ?? 'do');
      const outcomes = await Promise.all(started.map((op) => pass(op, undefined, { generation })));
      const applied = outcomes.filter(({ type }) => type === 'applied').length;
      assert.ok(applied === 0 || applied === 2, `an action without its undo: ${JSON.stringify(outcomes)}`);
    }
    const [done, undone] = await effects();
    assert.equal(done, undone);
  },
};
