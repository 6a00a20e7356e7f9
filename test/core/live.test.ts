import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { toReplayingActor } from '../../src/core/live.ts';
import { toStored } from '../../src/core/snapshot.ts';
import type { JournalRow } from '../../src/core/store.ts';
import { goOn, play, toLogic } from './play.ts';

const undone = (name: string) => ({ action: `shop.${name}`, compensation: `shop.un${name}` }) as const;
const old = defineSaga('order')
  .step('hold', undone('hold'))
  .step('pack', undone('pack'))
  .step('pay', undone('pay'));
const slim = defineSaga('order', { version: 2 }).step('hold', undone('hold')).step('pay', undone('pay'));

it('a replay of a saga that was upgraded begins with what the upgrade made of it', () => {
  const before = toStored(play(old, ['hold.succeeded', 'pack.succeeded']).snapshot);
  const paying = play(slim, ['hold.succeeded']);
  const snapshot = toStored(paying.snapshot);
  const { commands } = paying.moves.at(-1) as { commands: readonly object[] };
  const line = (seq: number, type: string, data: object): JournalRow => {
    return { seq, type, data: JSON.stringify(data), status: 'running', state: '', at: seq, txId: '' };
  };
  const seen: string[] = [];
  const actor = toReplayingActor(toLogic(slim).machine, {
    id: 's1',
    rows: [
      line(1, 'start', { input: {} }),
      line(2, 'hold.succeeded', { step: 'hold', op: 'do', attempt: 1, generation: 1 }),
      line(3, 'pack.succeeded', { step: 'pack', op: 'do', attempt: 1, generation: 1 }),
      line(4, 'migrated', { from: old.ref, to: slim.ref, before, snapshot }),
      line(5, 'pay.refused', { ...commands[0], error: { code: 'no', message: 'no' } }),
    ],
    inspect: (event) => void (event.type === '@xstate.event' && seen.push(event.event.type)),
  });
  expect(actor.getSnapshot().value).toEqual(goOn(paying, 'pay.refused').snapshot.state.value);
  expect(seen.filter((type) => !type.startsWith('xstate.'))).toEqual(['pay.refused']);
  actor.stop();
});
