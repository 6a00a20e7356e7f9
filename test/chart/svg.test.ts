import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { chartStyle, toSvg } from '../../src/chart/index.ts';
import { order, run, sheetOf, trip } from './charted.ts';
import { parseXml, withClass, type XmlElement } from './xml-tree.ts';

const backward = ['reserve.succeeded', 'charge.succeeded', 'ship.failed', 'ship.backoff', 'ship.refused'];

/** The classes of a state's group, in a drawing of a saga that went so. */
async function looks(cues: readonly string[], states: readonly string[]): Promise<readonly string[]> {
  const { marks } = run(order, cues);
  const svg = parseXml(toSvg(await sheetOf(order, 'overview'), { marks, sagaId: 's1' }));
  return states.map((state) => classOf(svg, state).split(' ')[1] ?? '');
}

function classOf(svg: XmlElement, state: string): string {
  return (
    withClass(svg, 'state').find(({ attributes }) => attributes['data-state'] === state)?.attributes[
      'class'
    ] ?? ''
  );
}

function textsOf(element: XmlElement): readonly string[] {
  return [...(element.name === 'text' ? [element.text] : []), ...element.children.flatMap(textsOf)];
}

describe('a chart as SVG', () => {
  it.each([
    ['begun', [], ['active', 'possible', 'idle', 'idle', 'idle']],
    ['backward', backward, ['done', 'done', 'failed', 'possible', 'possible']],
    [
      'parked',
      [...backward.slice(0, 2), 'ship.refused', 'undoCharge.refused'],
      ['done', 'done', 'failed', 'failed', 'active'],
    ],
    [
      'undone',
      ['reserve.succeeded', 'charge.refused', 'undoReserve.succeeded'],
      ['undone', 'failed', 'idle', 'skipped', 'idle'],
    ],
  ] as const)('marks where a saga was, is and may go: %s', async (_name, cues, expected) => {
    const states = ['running.reserve', 'running.charge', 'running.ship', 'compensating.charge', 'failed'];
    expect(await looks(cues, states)).toEqual(expected);
  });

  it('says in words what the marks show: progress, cause, armed timers', async () => {
    const { marks } = run(order, backward);
    const svg = parseXml(toSvg(await sheetOf(order, 'overview'), { marks, sagaId: 's1' }));
    const texts = textsOf(svg);
    expect(texts).toEqual(
      expect.arrayContaining(['order', 'v1 · s1', 'compensating', 'attempt 1 of 10', '100 ms']),
    );
    expect(texts).toContain('ship · failed · refused (ship refused)');
    expect(withClass(svg, 'clock').length).toBeGreaterThan(1);
    expect(svg.attributes['class']).toBe('sagachart is-compensating');
    expect(svg.children.find(({ name }) => name === 'desc')?.text).toContain(
      'In compensating.ship.executing.',
    );
  });

  it('marks the arrow that was just taken, those taken before, and those that may be taken next', async () => {
    const { marks } = run(order, backward);
    const svg = parseXml(toSvg(await sheetOf(order, 'overview'), { marks }));
    const arrows = withClass(svg, 'arrow').flatMap(({ attributes: { class: names = '', ...data } }) =>
      data['data-source'] === undefined
        ? []
        : [`${data['data-source']} ${names.split(' ').at(-1)} ${data['data-target']}`],
    );
    expect(arrows).toEqual(
      expect.arrayContaining([
        'running.reserve taken running.charge',
        'running last compensating',
        'compensating.ship open compensating.charge',
        'compensating open failed',
      ]),
    );
  });

  it.each([order, trip])(
    'draws every state of both views, with nothing that runs or is fetched',
    async (saga) => {
      for (const view of ['overview', 'full'] as const) {
        const sheet = await sheetOf(saga, view);
        const text = toSvg(sheet);
        const svg = parseXml(text);
        expect(withClass(svg, 'state').flatMap(({ attributes }) => attributes['data-state'] ?? [])).toEqual(
          sheet.chart.nodes.map(({ id }) => id),
        );
        expect(text).not.toMatch(/<script|href|url\(|@import|\son\w+=|style="/);
        expect(toSvg(sheet)).toBe(text);
      }
    },
  );

  it('leaves out head and style for a page that has both', async () => {
    const { marks } = run(order, backward);
    const sheet = await sheetOf(order, 'overview');
    const whole = toSvg(sheet, { marks });
    const part = toSvg(sheet, { marks, part: 'chart' });
    expect([whole.includes(chartStyle), part.includes('<style')]).toEqual([true, false]);
    expect(withClass(parseXml(part), 'heading')).toEqual([]);
    expect(withClass(parseXml(part), 'state').length).toBe(withClass(parseXml(whole), 'state').length);
  });

  it('shows hostile texts as texts', async () => {
    const hostile = defineSaga('hostile', {
      description: '</svg><script>alert(1)</script> \u202eabc "quoted" & more',
    }).step('first', {
      action: 'shop.buy',
      compensation: 'shop.return',
      description: '"><img src=x onerror=alert(1)>',
    });
    const { marks } = run(hostile, [
      {
        type: 'first.refused',
        step: 'first',
        op: 'do',
        attempt: 1,
        generation: 1,
        error: { code: '<b>\u0000', message: ']]>\u2028\ud800' },
      } as never,
    ]);
    const text = toSvg(await sheetOf(hostile, 'full'), { marks, sagaId: '<i>' });
    expect(textsOf(parseXml(text)).join('\n')).toContain('<b>');
    expect(text).not.toMatch(/<script|<img|<b>|\u202e|\u2028/);
  });
});
