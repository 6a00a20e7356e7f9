import type { Rect } from './geometry.ts';
import type { Look } from './progress.ts';
import { badge, clock, sign } from './svg-signs.ts';
import { widthOf } from './text-width.ts';
import { element, escapeXml } from './xml.ts';

/** The height of one row of the legend; px. */
const rowHeight = 24;

interface Entry {
  readonly words: string;
  readonly room: number;
  readonly draw: (x: number, y: number) => string;
}

const looks: readonly (readonly [Look, string])[] = [
  ['active', 'now'],
  ['done', 'done'],
  ['failed', 'failed'],
  ['undone', 'undone'],
  ['skipped', 'passed by'],
  ['possible', 'possible next'],
  ['idle', 'not reached'],
];

const arrows: readonly (readonly [string, string])[] = [
  ['last', 'just taken'],
  ['taken', 'taken'],
  ['open', 'possible next'],
];

/** What the signs mean, in as many rows as the width asks for. The second half of them only for a saga. */
export function drawLegend(
  hasSaga: boolean,
  { x, y, width }: Omit<Rect, 'height'>,
): { readonly svg: string; readonly height: number } {
  const entries = [...(hasSaga ? [...looks.map(toLook), ...arrows.map(toArrow), armed] : []), ...kinds];
  const rows = toRows(entries, width);
  const drawn = rows.flatMap((row, line) => {
    let left = x;
    return row.map((entry) => {
      const at = left;
      left += widthOfEntry(entry);
      const middle = y + line * rowHeight + rowHeight / 2;
      return (
        entry.draw(at, middle) +
        element('text', { x: at + entry.room, y: middle + 3.6 }, escapeXml(entry.words))
      );
    });
  });
  return { svg: element('g', { class: 'legend' }, drawn), height: rows.length * rowHeight };
}

function toLook([look, words]: readonly [Look, string]): Entry {
  const draw = (x: number, y: number) =>
    element('g', { class: `state leaf ${look}` }, [
      element('rect', { class: 'box', x, y: y - 9, width: 26, height: 18, rx: 5 }),
      sign(look, x + 13, y),
    ]);
  return { words, room: 34, draw };
}

function toArrow([name, words]: readonly [string, string]): Entry {
  const draw = (x: number, y: number) =>
    element('g', { class: `arrow ${name}` }, [
      element('path', { class: 'line', d: `M${x},${y}h20` }),
      element('path', { class: 'head', d: `M${x + 26},${y}l-8,4v-8z` }),
    ]);
  return { words, room: 34, draw };
}

const armed: Entry = { words: 'timer armed', room: 18, draw: (x, y) => clock(x + 6, y, 'timer armed') };

const kinds: readonly Entry[] = [
  { words: 'can be undone', room: 24, draw: (x, y) => badge('compensatable', x + 18, y) },
];

function toRows(entries: readonly Entry[], width: number): readonly (readonly Entry[])[] {
  const rows: Entry[][] = [];
  let left = 0;
  for (const entry of entries) {
    const isFirst = rows.length === 0 || left + widthOfEntry(entry) > width;
    if (isFirst) rows.push([entry]);
    else rows.at(-1)?.push(entry);
    left = (isFirst ? 0 : left) + widthOfEntry(entry);
  }
  return rows;
}

function widthOfEntry({ words, room }: Entry): number {
  return room + widthOf(words, { size: 10.5 }) + 18;
}
