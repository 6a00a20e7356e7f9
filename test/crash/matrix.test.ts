import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { participants } from '../../examples/order/participants.ts';
import { order } from '../../examples/order/saga.ts';
import { goodOrder } from '../../examples/order/samples.ts';
import { type AnySagaDefinition, defineSaga } from '../../src/core/definition.ts';
import { waitsOf } from '../../src/core/steps.ts';
import { randomSaga } from '../core/random-saga.ts';
import { type KnownPath, pathsOf, type Subject } from './matrix-paths.ts';
import { runCase } from './matrix-world.ts';
import { type PointKind, pointKinds } from './points.ts';

const services = Object.fromEntries(Object.entries(participants).map(([name, { acts }]) => [name, acts]));
const orders: Subject = { saga: order as unknown as AnySagaDefinition, input: goodOrder, services };
const shop = { shop: { do: () => ({ done: true }), undo: () => ({ undone: true }) } };

/** Hooks are let go of when they ran. */
const hooked = defineSaga('hooked', { hooks: { onCompleted: () => {}, onCompensated: () => {} } }).step(
  'one',
  {
    action: 'shop.do',
    compensation: 'shop.undo',
    hooks: { onSuccess: () => {} },
  },
);

let cases = 0;
const deaths = new Map<PointKind, number>();

describe('a node that dies', { timeout: 300_000 }, () => {
  it('at any durable point of any path of the order saga with one fault changes nothing of its end', async () => {
    for (const path of await pathsOf(orders, 1))
      for (const at of pointsOf(path)) await holds(orders, path, [at]);
  });

  it('at any durable point, and its successor while it takes over, changes nothing either', async () => {
    for (const path of await pathsOf(orders, 1)) {
      for (const at of pointsOf(path)) await holds(orders, path, [at, 1 + ((at * 7) % 12)]);
    }
  });

  it('on paths of the order saga with two faults changes nothing either', async () => {
    const paths = await pathsOf(orders, 2);
    for (const [index, path] of paths.entries()) {
      for (const at of pointsOf(path).filter((one) => (one + index) % 8 === 0))
        await holds(orders, path, [at]);
    }
  });

  it('at any durable point of generated sagas with one fault changes nothing of their ends', async () => {
    // Nobody gives signals here; the simulation does.
    const unwaiting = randomSaga.filter(({ plan }) => waitsOf(plan).length === 0);
    for (const saga of [hooked, ...fc.sample(unwaiting, { seed: 20, numRuns: 8 })]) {
      const subject: Subject = { saga: saga as unknown as AnySagaDefinition, input: {}, services: shop };
      for (const path of await pathsOf(subject, 1))
        for (const at of pointsOf(path)) await holds(subject, path, [at]);
    }
  });

  it('was seen to die at every kind of point, more than 20,000 times', () => {
    expect([...deaths.keys()].toSorted()).toEqual([...pointKinds].toSorted());
    expect(cases).toBeGreaterThanOrEqual(20_000);
    console.info(`${cases} cases`, [...deaths]);
  });
});

/** Every point that the first node comes to when it does not die. */
function pointsOf({ end }: KnownPath): readonly number[] {
  return Array.from({ length: end.points[0] ?? 0 }, (_, index) => index + 1);
}

/** Whatever dies: the saga ends as it would have, and everything the contract says of its end is true. */
async function holds(subject: Subject, { path, end }: KnownPath, crashes: readonly number[]): Promise<void> {
  const ended = await runCase({ ...subject, path, crashes }).catch((error: unknown) => ({
    status: String(error),
    violations: [],
    deaths: [],
  }));
  cases += 1;
  for (const kind of ended.deaths) deaths.set(kind, (deaths.get(kind) ?? 0) + 1);
  const where = `${subject.saga.name}, ${JSON.stringify(path)}, crashes at ${crashes.join(' and ')} (${ended.deaths.join(', ')})`;
  // A refusal that is asked for again proves less than a first one: what is in doubt is sealed or undone, and may end otherwise.
  const isSame = ended.status === end.status || path.some(({ fault }) => fault === 'refused');
  if (isSame && ended.violations.length === 0) return;
  expect({ where, status: ended.status, violations: ended.violations }).toEqual({
    where,
    status: end.status,
    violations: [],
  });
}
