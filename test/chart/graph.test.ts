import { describe, expect, it } from 'vitest';
import { toGraph } from '../../src/chart/index.ts';
import { defineSaga } from '../../src/core/definition.ts';
import { stateTreeOf } from './state-tree.ts';

const saga = defineSaga('trip', { description: 'Books a trip', timeout: '1h' })
  .parallel('book', (group) =>
    group
      .step('hotel', { action: 'hotel.book', compensation: 'hotel.cancel' })
      .step('car', { action: 'car.book', compensation: 'car.cancel', when: () => true }),
  )
  .step('pay', { kind: 'pivot', action: 'payment.charge' });

describe('the graph of a chart', () => {
  const graph = toGraph(saga.machine);

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(graph))).toEqual(graph);
  });

  it('has every state of the machine once, parents before children', () => {
    const ids = graph.nodes.map(({ id }) => id);
    expect(ids).toEqual(stateTreeOf(saga.machine.root));
    expect(new Set(ids).size).toBe(ids.length);
    for (const [index, { parent }] of graph.nodes.entries())
      expect(parent === null || ids.indexOf(parent) < index).toBe(true);
  });

  it('says what each state is', () => {
    const node = (wanted: string) => graph.nodes.find(({ id }) => id === wanted);
    expect(graph).toMatchObject({ name: 'trip', description: 'Books a trip', initial: 'running' });
    expect(node('running.book')).toMatchObject({
      type: 'parallel',
      parent: 'running',
      initial: null,
      description: '2 steps at the same time',
    });
    expect(node('running.book.car')).toMatchObject({
      type: 'compound',
      initial: 'running.book.car.deciding',
    });
    expect(node('running.pay.executing')).toMatchObject({
      type: 'atomic',
      tags: ['executing'],
      key: 'executing',
    });
    expect(node('completed')).toMatchObject({ type: 'final', parent: null });
  });

  it('has every kind of transition, with guards and actions', () => {
    const from = (source: string, event: string) =>
      graph.edges.filter((edge) => edge.source === source && edge.event === event);
    expect(from('running.pay.executing', 'pay.succeeded')).toEqual([
      {
        source: 'running.pay.executing',
        target: 'completed',
        trigger: 'event',
        event: 'pay.succeeded',
        guard: null,
        actions: [{ type: 'record', params: { step: 'pay', op: 'do', outcome: 'succeeded' } }],
      },
    ]);
    expect(from('running.pay.backoff', 'pay.backoff')).toMatchObject([
      { trigger: 'after', target: 'running.pay.executing' },
    ]);
    expect(from('running.book', '')).toMatchObject([{ trigger: 'done', target: 'running.pay' }]);
    expect(
      from('running.book.car.deciding', '').map(({ trigger, target, guard }) => [
        trigger,
        target,
        guard?.type,
      ]),
    ).toEqual([
      ['always', 'running.book.car.done', 'isSettled'],
      ['always', 'running.book.car.executing', 'shouldRun'],
      ['always', 'running.book.car.done', undefined],
    ]);
    expect(from('running', 'deadline').map(({ target }) => target)).toEqual(['compensating', null]);
  });

  it('leads only to states that there are', () => {
    const ids = new Set(graph.nodes.map(({ id }) => id));
    expect(
      graph.edges.filter(({ source, target }) => !ids.has(source) || (target !== null && !ids.has(target))),
    ).toEqual([]);
    expect(graph.edges.length).toBeGreaterThan(100);
  });
});
