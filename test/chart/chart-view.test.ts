import { describe, expect, it } from 'vitest';
import { toGraph } from '../../src/chart/index.ts';
import { toView } from '../../src/chart/chart-view.ts';
import { journey, order, trip } from './charted.ts';
import { stateTreeOf } from './state-tree.ts';

describe('the full view', () => {
  it.each([order, trip])('shows every state and every transition once', (saga) => {
    const graph = toGraph(saga.machine);
    const { nodes, edges, internal } = toView(graph, saga.plan, 'full');
    expect(nodes.map(({ id }) => id)).toEqual(stateTreeOf(saga.machine.root));
    const drawn = [...edges.flatMap((edge) => edge.edges), ...[...internal.values()].flat()];
    expect(drawn.toSorted((a, b) => a - b)).toEqual(graph.edges.map((_edge, index) => index));
  });

  it('draws arrows only between children of one box, and one for each two of them', () => {
    const { nodes, edges } = toView(toGraph(trip.machine), trip.plan, 'full');
    const parents = new Map(nodes.map(({ id, parent }) => [id, parent]));
    for (const { scope, source, target } of edges)
      expect([parents.get(source), parents.get(target)]).toEqual([scope, scope]);
    expect(new Set(edges.map(({ source, target }) => `${source}>${target}`)).size).toBe(edges.length);
  });
});

describe('the overview', () => {
  it('has a box for each step and each compensation, and none for what is inside of them', () => {
    const { nodes, shownAs } = toView(toGraph(trip.machine), trip.plan, 'overview');
    const inside = (top: string) =>
      nodes.flatMap(({ id }) => (id.startsWith(`${top}.`) ? [id.slice(top.length + 1)] : []));
    const group = ['book', 'book.hotel', 'book.car', 'book.flight'];
    expect(inside('running')).toEqual(['check', ...group, 'insure', 'pay', 'send']);
    expect(inside('compensating')).toEqual(['insure', ...group]);
    expect(inside('failed')).toEqual([]);
    expect(shownAs.get('running.pay.sealing.executing')).toBe('running.pay');
    expect(shownAs.get('compensating.book.choosing')).toBe('compensating.book');
  });

  it('joins the steps in their order, and the compensations in the other', () => {
    const { edges } = toView(toGraph(journey.machine as typeof order.machine), journey.plan, 'overview');
    const inside = (top: string) => edges.filter(({ scope }) => scope === top);
    expect(inside('running').map(({ source }) => source)).toEqual(
      Array.from({ length: 19 }, (_edge, index) => `running.step${index + 1}`),
    );
    expect(inside('compensating').map(({ source }) => source)).toEqual(
      Array.from({ length: 19 }, (_edge, index) => `compensating.step${20 - index}`),
    );
  });
});
