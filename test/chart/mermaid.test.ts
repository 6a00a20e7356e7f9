import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toActive, toGraph, toMermaid } from '../../src/chart/index.ts';
import { defineSaga } from '../../src/core/definition.ts';
import { stateTreeOf } from './state-tree.ts';

const trip = defineSaga('trip', { timeout: '1h' })
  .parallel('book', (group) =>
    group
      .step('a-b', { action: 'x.a', compensation: 'x.b' })
      .step('a_b', { action: 'x.c', compensation: 'x.d', when: () => true }),
  )
  .step('pay', { kind: 'pivot', action: 'payment.charge' })
  .step('tell', { kind: 'retriable', action: 'mail.send' });

/** Every line that Mermaid would read, by what it is. Any other line is a fault. */
const statements = {
  box: /^\s*state "([^"]*)" as (\w+)( \{)?$/,
  end: /^\s*\}$/,
  region: /^\s*--$/,
  arrow: /^\s*(\[\*\]|\w+) --> (\[\*\]|\w+)(?: : ([^:;{}"<>\n]*(?:#\d+;[^:;{}"<>\n]*)*))?$/,
  style: /^\s*(?:classDef active [\w:#,-]+|class \w+ active)$/,
};

interface Drawn {
  readonly boxes: readonly { readonly path: string; readonly name: string; readonly parent: string }[];
  readonly arrows: readonly {
    readonly source: string;
    readonly target: string;
    readonly label: string;
    readonly scope: string;
  }[];
  readonly regions: number;
}

/** Reads a text back, as strictly as it is written. */
function read(text: string): Drawn {
  const [open, title, close, kind, ...lines] = text.trimEnd().split('\n');
  expect([open, close, kind]).toEqual(['---', '---', 'stateDiagram-v2']);
  expect(typeof JSON.parse(title?.replace('title: ', '') ?? '')).toBe('string');
  const boxes: Drawn['boxes'][number][] = [];
  const arrows: Drawn['arrows'][number][] = [];
  const scopes: { readonly path: string; readonly name: string }[] = [];
  let regions = 0;
  for (const line of lines) {
    const scope = scopes.at(-1) ?? { path: '', name: '' };
    const box = statements.box.exec(line);
    const arrow = statements.arrow.exec(line);
    if (box !== null) {
      const [, label = '', name = '', opens] = box;
      const path = [scope.path, label.split(':')[0] ?? ''].filter((part) => part !== '').join('.');
      boxes.push({ path, name, parent: scope.name });
      if (opens !== undefined) scopes.push({ path, name });
    } else if (arrow !== null)
      arrows.push({
        source: arrow[1] ?? '',
        target: arrow[2] ?? '',
        label: arrow[3] ?? '',
        scope: scope.name,
      });
    else if (statements.end.test(line)) scopes.pop();
    else if (statements.region.test(line)) regions += 1;
    else expect(line).toMatch(statements.style);
  }
  expect(scopes).toEqual([]);
  return { boxes, arrows, regions };
}

describe('a chart as Mermaid text', () => {
  const drawn = read(toMermaid(toGraph(trip.machine)));

  it('has every state of the machine, in its place, under a name of its own', () => {
    expect(drawn.boxes.map(({ path }) => path).toSorted()).toEqual(stateTreeOf(trip.machine.root).toSorted());
    expect(new Set(drawn.boxes.map(({ name }) => name)).size).toBe(drawn.boxes.length);
  });

  it('draws no arrow across the border of a box: Mermaid cannot', () => {
    const parents = new Map(drawn.boxes.map(({ name, parent }) => [name, parent]));
    const crossing = drawn.arrows.filter(({ source, target, scope }) =>
      [source, target].some((end) => end !== '[*]' && parents.get(end) !== scope),
    );
    expect(crossing).toEqual([]);
  });

  it('has every transition that leads to another state, with its trigger and its guard', () => {
    const { edges } = toGraph(trip.machine);
    const labels = drawn.arrows.map(({ label }) => label).join('\n');
    for (const { event, trigger, guard, target } of edges) {
      if (target === null) continue;
      const words = trigger === 'event' ? event : trigger === 'after' ? `after ${event}` : trigger;
      expect(labels).toContain(guard === null ? words : `${words} [${guard.type}`);
    }
    expect(labels).toContain('resolve [isResolvedAs refused]');
    expect(labels).toContain('executing → · pay.succeeded');
  });

  it('draws the regions of a parallel group side by side, in both directions', () => {
    expect(drawn.regions).toBe(2);
  });

  it('marks where each box begins and ends', () => {
    const initial = drawn.arrows.filter(({ source }) => source === '[*]').map(({ target }) => target);
    expect(initial).toEqual(
      expect.arrayContaining(['running', 'running_book', 'running_pay_executing', 'compensating_book']),
    );
    const final = drawn.arrows.filter(({ target }) => target === '[*]').map(({ source }) => source);
    expect(final).toEqual(
      expect.arrayContaining(['completed', 'compensated', 'abandoned', 'running_book_a_b_done']),
    );
  });

  it('marks the states a saga is in, and no state that there is not', () => {
    const active = toActive('running.book.a-b.executing | running.book.a_b.done | nowhere');
    const marks = toMermaid(toGraph(trip.machine), { active })
      .split('\n')
      .filter((line) => line.startsWith('  class '));
    expect(marks).toEqual([
      '  class running_book_a_b_executing active',
      '  class running_book_a_b_done_2 active',
    ]);
  });

  it('lets nothing that people write become syntax', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        '" as x {',
        '\n  a --> b',
        '--> [*]',
        '#quot;',
        '%% gone',
        '---',
        '"; click a href "javascript:alert(1)"',
        '<b>',
        '\ud800',
        '}\u2028{',
      ),
    );
    fc.assert(
      fc.property(nasty, nasty, (description, step) => {
        const saga = defineSaga('s', { description }).step('one', {
          action: 'a.b',
          kind: 'readonly',
          description: step,
        });
        const { boxes } = read(toMermaid(toGraph(saga.machine)));
        expect(boxes).toHaveLength(stateTreeOf(saga.machine.root).length);
      }),
      { numRuns: 300 },
    );
  });
});
