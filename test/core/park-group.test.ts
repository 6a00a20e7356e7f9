import { expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { goOn, play } from './play.ts';

const undone = (name: string) => ({ action: `shop.${name}`, compensation: `shop.un${name}` }) as const;
const trip = defineSaga('trip').parallel('book', (group) =>
  group.step('car', undone('car')).step('hotel', undone('hotel')),
);

it('a group that parks while it waits for an attempt under way parks for that one, and what is done is still undone', () => {
  const parked = play(trip, ['car.succeeded', 'cancel', 'park']);
  expect(parked.state).toBe('failed.undoHotel');
  const skipped = goOn(parked, 'skip');
  expect([skipped.state, skipped.sent.at(-1)]).toEqual(['compensating.book.car.executing', 'undoCar']);
});
