import { describe, expect, it } from 'vitest';
import { toRequest } from '../../src/core/command.ts';
import { defineSaga } from '../../src/core/definition.ts';
import type { SagaView } from '../../src/core/steps.ts';
import { goOn, play, type Played } from './play.ts';

const all = ({ results }: SagaView<unknown, object>) => results;
const step = (name: string) =>
  ({ action: `shop.${name}`, compensation: `shop.un${name}`, input: all }) as const;
const trip = defineSaga('trip')
  .step('plan', step('plan'))
  .parallel('book', (group) =>
    group
      .step('car', step('car'))
      .step('hotel', step('hotel'))
      .step('seat', {
        ...step('seat'),
        when: ({ results }) => Object.keys(results).length === 1,
        onExhausted: 'ask',
      }),
  )
  .step('pay', step('pay'));

/** The inputs of the latest move's commands. */
const inputs = ({ logic, context, moves }: Played) =>
  (moves.at(-1)?.commands ?? []).map(
    (command) => toRequest(logic.plan, command, { tenant: 't', context, deadline: 0 }).body.input,
  );
const planned = { plan: { of: 'plan' } };

describe('a member of a group', () => {
  it('is asked again with the input that it was asked with, whatever the others brought meanwhile', () => {
    const waiting = play(trip, ['plan.succeeded', 'hotel.failed', 'car.succeeded']);
    expect(inputs(goOn(waiting, 'hotel.backoff'))).toEqual([planned]);
  });

  it('is undone with its own result in view, and none of the others', () => {
    const turned = play(trip, ['plan.succeeded', 'car.succeeded', 'hotel.succeeded', 'seat.refused']);
    expect(inputs(turned)).toEqual([{ ...planned, hotel: { of: 'hotel' } }]);
  });

  it('that was asked once is not skipped when it is asked again', () => {
    const parked = play(trip, ['plan.succeeded', 'car.succeeded', { type: 'seat.lost', retryable: false }]);
    expect(parked.state).toBe('failed.seat');
    expect(goOn(parked, 'retry').context.steps['seat']?.status).toBe('running');
  });
});

it('steps behind a group see the results of all its members', () => {
  const booked = play(trip, ['plan.succeeded', 'car.succeeded', 'hotel.succeeded', 'seat.succeeded']);
  expect(inputs(booked)).toEqual([
    { ...planned, car: { of: 'car' }, hotel: { of: 'hotel' }, seat: { of: 'seat' } },
  ]);
});
