import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { isSettled, statusOf } from '../../src/core/snapshot.ts';
import { advance, begin, type SagaLogic } from '../../src/core/transition.ts';
import { pathsOf, type SagaPath } from '../../src/testing/paths.ts';
import { loanSaga, orderSaga, tripInputs, tripSaga } from './path-sagas.ts';

const order = orderSaga();
const typesOf = ({ events }: SagaPath) => events.map(({ type }) => type);

describe('the paths of a saga', () => {
  it('together take every arrow of its chart', () => {
    const { transitions } = pathsOf(order);
    expect(transitions.uncovered).toEqual([]);
    expect([transitions.covered, transitions.total > 150]).toEqual([transitions.total, true]);
  });

  it('name the arrows that nothing can take', () => {
    // Members of a group of three have one attempt here: nothing is left to try again.
    expect(pathsOf(tripSaga(), { inputs: tripInputs }).transitions.uncovered).toEqual([
      ...['car.failed', 'car.lost', 'car.unreachable', 'car.timeout'].map(
        (event) => `running.book.car.executing: ${event} [canRetry] → running.book.car.backoff`,
      ),
      'running.book.car.backoff: retry [mayTakeInput] → running.book.car.executing',
      'running.book.car.backoff: car.backoff → running.book.car.executing',
      ...['hotel.failed', 'hotel.lost', 'hotel.unreachable', 'hotel.timeout'].map(
        (event) => `running.book.hotel.executing: ${event} [canRetry] → running.book.hotel.backoff`,
      ),
      'running.book.hotel.backoff: retry [mayTakeInput] → running.book.hotel.executing',
      'running.book.hotel.backoff: hotel.backoff → running.book.hotel.executing',
      // A pivot parks out of doubt only when it is claimed too often while it waits: not among these paths.
      'failed.pay: compensate [isWithinReach] → compensating.book',
    ]);
  });

  it('go through waits: in time, early, late, and as people decide', () => {
    const { paths, transitions } = pathsOf(loanSaga());
    // The engine gives up on answers; a signal that cannot be stored is not among these paths.
    expect(transitions.uncovered.filter((arrow) => arrow.includes('approval'))).toEqual([
      'running.approval: park → failed.approval',
    ]);
    const descriptions = paths.map(({ description }) => description).join('\n');
    expect(descriptions).toContain('signal approval, hold.succeeded');
    expect(descriptions).toContain('approval.timeout, decide skip');
    expect(descriptions).toContain('compensate to approval');
  });

  it('can be gone by the pure functions, and end as they say, at a rest', () => {
    const logic: SagaLogic = { plan: order.plan, machine: order.machine as unknown as SagaLogic['machine'] };
    for (const path of pathsOf(order).paths) {
      let { snapshot } = begin(logic, { id: 'path', input: path.input, now: 0 });
      for (const event of path.events) {
        const move = advance(logic, snapshot, event, { now: 0, deadline: undefined });
        if (move === undefined) throw new Error(`no arrow for ${event.type} on ${path.description}`);
        ({ snapshot } = move);
      }
      expect([statusOf(snapshot), isSettled(path.ends)], path.description).toEqual([path.ends, true]);
    }
  });

  it('say in words what happens on them', () => {
    const descriptions = pathsOf(order).paths.map(({ description }) => description);
    expect(descriptions).toContain(
      'reserve.succeeded, charge.succeeded, ship.succeeded, complete.refused, resolve as succeeded ⇒ completed',
    );
  });

  it('hold answers of every kind, timers, the deadline, every action of an operator, and an engine that gives up', () => {
    const types = new Set(pathsOf(order).paths.flatMap(typesOf));
    const kinds = ['succeeded', 'refused', 'failed', 'unreachable', 'lost', 'inProgress', 'sealed'].map(
      (end) => `charge.${end}`,
    );
    const timers = ['timeout', 'backoff', 'poll'].map(
      (timer) =>
        `xstate.after.charge.${timer}.order.running.charge.${timer === 'timeout' ? 'executing' : timer === 'poll' ? 'polling' : timer}`,
    );
    for (const type of [
      ...kinds,
      ...timers,
      'deadline',
      'cancel',
      'retry',
      'skip',
      'compensate',
      'resolve',
      'pause',
      'resume',
      'park',
    ])
      expect(types).toContain(type);
  });

  it('know no deadline where there is none', () => {
    const { paths, transitions } = pathsOf(
      defineSaga('free').step('one', { action: 'shop.one', compensation: 'shop.unone' }),
    );
    expect(paths.flatMap(typesOf)).not.toContain('deadline');
    expect(transitions.uncovered).toEqual([]);
  });

  it('take a guard’s other way only with an input that leads there', () => {
    const saga = defineSaga<{ gift?: boolean }>('gift').step('wrap', {
      action: 'shop.wrap',
      compensation: 'shop.unwrap',
      when: ({ input }) => input.gift === true,
    });
    expect(pathsOf(saga).transitions.uncovered).toContain(
      'running.wrap.deciding: always [shouldRun] → running.wrap.executing',
    );
    expect(pathsOf(saga, { inputs: [{}, { gift: true }] }).transitions.uncovered).toEqual([]);
  });

  it('take a guard’s other way with a result that leads there', () => {
    const saga = defineSaga('ask')
      .step('price', { kind: 'readonly', action: 'shop.price' })
      .step('pay', {
        action: 'shop.pay',
        compensation: 'shop.unpay',
        when: ({ results }) => Number(results.price) > 0,
      });
    const results = { price: [0, 5] };
    expect(pathsOf(saga).transitions.uncovered).not.toEqual([]);
    expect(pathsOf(saga, { results }).transitions.uncovered).toEqual([]);
  });

  it('make two attempts of a command at most, or as many as asked for', () => {
    const saga = defineSaga('once').step('one', {
      action: 'shop.one',
      compensation: 'shop.unone',
      retry: { maximumAttempts: 9 },
    });
    const most = (maximumAttempts?: number) => {
      const { paths } = pathsOf(saga, maximumAttempts === undefined ? {} : { maximumAttempts });
      return Math.max(
        ...paths.map(({ events }) => events.filter(({ type }) => type === 'one.failed').length),
      );
    };
    expect([most(), most(4)]).toEqual([2, 4]);
  });

  it('answer only commands that were sent again, where the node restarts between every two events', () => {
    const { paths } = pathsOf(order, { isRestarted: true });
    const answers = paths.flatMap(({ events }) => events.filter((event) => 'attempt' in event));
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.filter((event) => !('resent' in event))).toEqual([]);
  });

  it('stay few for a group of three between two steps', { timeout: 120_000 }, () => {
    const undone = { action: 'shop.do', compensation: 'shop.undo' } as const;
    const saga = defineSaga('group', { timeout: '1h' })
      .step('first', undone)
      .parallel('all', (group) => group.step('x', undone).step('y', undone).step('z', undone))
      .step('last', undone);
    const { paths, transitions } = pathsOf(saga);
    const unexpected = transitions.uncovered.filter(
      (arrow) => !/backoff|^running: deadline → stays$/.test(arrow),
    );
    expect([unexpected, paths.length < 300]).toEqual([[], true]);
  });

  it('are not looked for without an end', () => {
    expect(() => pathsOf(order, { limit: 50 })).toThrow(/limit/i);
  });
});
