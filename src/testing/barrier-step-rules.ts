import assert from 'node:assert/strict';
import { RetryableError, TerminalError } from '../core/errors.ts';
import { fail, refuse, replyOf, type BarrierRule } from './barrier-scene.ts';

const REPLY = { holdId: 'h-1', amount: '12.50', nested: [1, { b: null, a: 'ü' }] };

/** What an action may count on. */
export const actionRules: Readonly<Record<string, BarrierRule>> = {
  'runs an action once and answers a duplicate with the stored reply': async ({ pass, effects, calls }) => {
    const first = await pass('do', async () => REPLY);
    const second = await pass('do', async () => 'another');
    assert.deepEqual(first, { type: 'applied', reply: REPLY });
    assert.deepEqual(second, { type: 'replayed', reply: REPLY });
    assert.equal(JSON.stringify(replyOf(second)), JSON.stringify(replyOf(first)));
    assert.deepEqual(await effects(), [1, 0]);
    assert.equal(calls(), 1);
  },
  'gives the first answer as JSON too, so that the replay is the same': async ({ pass }) => {
    const first = await pass('do', async () => ({ at: new Date(0), gone: undefined }));
    assert.deepEqual(first, { type: 'applied', reply: { at: '1970-01-01T00:00:00.000Z' } });
    assert.deepEqual(await pass('do'), { type: 'replayed', reply: { at: '1970-01-01T00:00:00.000Z' } });
  },
  'keeps text that databases find hard': async ({ pass }) => {
    const reply = { nul: 'a\0b', lone: '\ud800', deep: 'ü😀' };
    await pass('do', async () => reply);
    assert.deepEqual(await pass('do'), { type: 'replayed', reply });
  },
  'takes no result as null': async ({ pass }) => {
    assert.deepEqual(await pass('do', async () => undefined), { type: 'applied', reply: null });
    assert.deepEqual(await pass('do'), { type: 'replayed', reply: null });
  },
  'stores a refusal and rolls its effect back': async ({ pass, effects, calls }) => {
    const sellOut = async () => {
      throw new TerminalError('none left', { reason: 'out_of_stock', details: { left: 0 } });
    };
    const error = { code: 'out_of_stock', message: 'none left', details: { left: 0 } };
    assert.deepEqual(await pass('do', sellOut), { type: 'refused', error, replayed: false });
    assert.deepEqual(await pass('do'), { type: 'refused', error, replayed: true });
    assert.deepEqual(await effects(), [0, 0]);
    assert.equal(calls(), 1);
  },
  'stores a refusal whose details are no JSON without them': async ({ pass }) => {
    const sellOut = async () => {
      throw new TerminalError('none left', { reason: 'out_of_stock', details: { left: 0n } });
    };
    const error = { code: 'out_of_stock', message: 'none left' };
    assert.deepEqual(await pass('do', sellOut), { type: 'refused', error, replayed: false });
    assert.deepEqual(await pass('do'), { type: 'refused', error, replayed: true });
  },
  'forgets an action that failed, which then can be tried again': async ({ pass, effects }) => {
    await assert.rejects(pass('do', fail), RetryableError);
    assert.deepEqual(await effects(), [0, 0]);
    assert.deepEqual(await pass('do', async () => 1), { type: 'applied', reply: 1 });
    assert.deepEqual(await effects(), [1, 0]);
  },
  'forgets an action whose reply is no JSON': async ({ pass, effects }) => {
    await assert.rejects(
      pass('do', async () => ({ amount: 1n })),
      TypeError,
    );
    assert.deepEqual(await effects(), [0, 0]);
  },
  'tells participants, tenants, sagas, steps, iterations and generations apart': async ({
    pass,
    effects,
    calls,
  }) => {
    await pass('undo', undefined, { generation: 1 });
    const others = [
      {},
      { participant: 'other' },
      { tenant: 'other' },
      { step: 'other' },
      { iteration: 2 },
      { generation: 2 },
    ];
    for (const key of others) assert.equal((await pass('do', undefined, key)).type, 'applied');
    assert.equal((await pass('do', undefined, { generation: 1 })).type, 'sealed');
    assert.deepEqual(await effects(), [others.length, 0]);
    assert.equal(calls(), others.length);
  },
};

/** What an undo may count on. */
export const undoRules: Readonly<Record<string, BarrierRule>> = {
  'undoes an action once and answers a duplicate with the stored reply': async ({ pass, effects }) => {
    await pass('do');
    assert.deepEqual(await pass('undo', async () => REPLY), { type: 'applied', reply: REPLY });
    assert.deepEqual(await pass('undo'), { type: 'replayed', reply: REPLY });
    assert.deepEqual(await effects(), [1, 1]);
  },
  'still answers a duplicate action with its reply after the undo': async ({ pass, effects }) => {
    await pass('do', async () => REPLY);
    await pass('undo');
    assert.deepEqual(await pass('do'), { type: 'replayed', reply: REPLY });
    assert.deepEqual(await effects(), [1, 1]);
  },
  'finds nothing to undo before the action, and never runs the late action': async ({
    pass,
    effects,
    calls,
  }) => {
    assert.deepEqual(await pass('undo'), { type: 'nullUndo' });
    assert.deepEqual(await pass('do'), { type: 'sealed' });
    assert.deepEqual(await pass('undo'), { type: 'nullUndo' });
    assert.deepEqual(await effects(), [0, 0]);
    assert.equal(calls(), 0);
  },
  'finds nothing to undo of a refused action': async ({ pass, effects }) => {
    await pass('do', refuse);
    assert.deepEqual(await pass('undo'), { type: 'nullUndo' });
    assert.equal((await pass('do')).type, 'refused');
    assert.deepEqual(await effects(), [0, 0]);
  },
  'finds nothing to undo of a failed action, and never runs it again': async ({ pass, effects }) => {
    await assert.rejects(pass('do', fail), RetryableError);
    assert.deepEqual(await pass('undo'), { type: 'nullUndo' });
    assert.deepEqual(await pass('do'), { type: 'sealed' });
    assert.deepEqual(await effects(), [0, 0]);
  },
  'does not keep an undo that was refused: it may be asked again': async ({ pass, effects }) => {
    await pass('do');
    const refusal = { type: 'refused', error: { code: 'error', message: 'no' }, replayed: false };
    assert.deepEqual(await pass('undo', refuse), refusal);
    assert.deepEqual(await pass('undo', refuse), refusal);
    assert.deepEqual(await effects(), [1, 0]);
    assert.deepEqual(await pass('undo', async () => 1), { type: 'applied', reply: 1 });
    assert.deepEqual(await effects(), [1, 1]);
  },
  'forgets an undo that failed, which then can be tried again': async ({ pass, effects }) => {
    await pass('do');
    await assert.rejects(pass('undo', fail), RetryableError);
    assert.deepEqual(await effects(), [1, 0]);
    assert.equal((await pass('undo')).type, 'applied');
    assert.deepEqual(await effects(), [1, 1]);
  },
};

/** What a seal may count on. */
export const sealRules: Readonly<Record<string, BarrierRule>> = {
  'seals an action that never ran': async ({ pass, effects, calls }) => {
    assert.deepEqual(await pass('seal'), { type: 'sealed' });
    assert.deepEqual(await pass('do'), { type: 'sealed' });
    assert.deepEqual(await pass('seal'), { type: 'sealed' });
    assert.deepEqual(await pass('undo'), { type: 'nullUndo' });
    assert.deepEqual(await effects(), [0, 0]);
    assert.equal(calls(), 0);
  },
  'answers a seal that comes too late with the reply': async ({ pass }) => {
    await pass('do', async () => REPLY);
    assert.deepEqual(await pass('seal'), { type: 'replayed', reply: REPLY });
    assert.equal((await pass('undo')).type, 'applied');
  },
  'answers a seal of a refused action with the refusal': async ({ pass }) => {
    await pass('do', refuse);
    assert.deepEqual(await pass('seal'), {
      type: 'refused',
      error: { code: 'error', message: 'no' },
      replayed: true,
    });
  },
  'seals an action that failed, and one that was undone before it ran': async ({ pass }) => {
    await assert.rejects(pass('do', fail), RetryableError);
    assert.deepEqual(await pass('seal'), { type: 'sealed' });
    await pass('undo', undefined, { generation: 1 });
    assert.deepEqual(await pass('seal', undefined, { generation: 1 }), { type: 'sealed' });
  },
};
