import type { StepKind } from '../core/steps.ts';
import { badgeSize } from './box-size.ts';
import { tenth } from './geometry.ts';
import type { Look } from './progress.ts';
import { element, escapeXml } from './xml.ts';

/** An arrow that turns back, around the origin. */
const turn = 'M-3.5,2.6H1.3A2.6,2.6 0 0 0 1.3,-2.6H-3.8M-1.6,-4.8L-4,-2.6L-1.6,-0.4';

const strokes: Readonly<Partial<Record<Look, string>>> = {
  done: 'M-3,0.2L-0.8,2.5L3.2,-2.2',
  failed: 'M-2.4,-2.4L2.4,2.4M2.4,-2.4L-2.4,2.4',
  undone: 'M-2.6,2.3H0.8A2.1,2.1 0 0 0 0.8,-1.9H-2.8M-1,-3.6L-2.9,-1.9L-1,-0.2',
};

/** The sign of a look, 13 px wide, around a point. */
export function sign(look: Look, x: number, y: number): string {
  const stroke = strokes[look];
  return at('sign', x, y, [
    element('circle', { r: 6.5 }),
    look === 'active' ? element('circle', { class: 'dot', r: 3 }) : '',
    stroke === undefined ? '' : element('path', { d: stroke }),
  ]);
}

/** The badge of a step's kind, its right end at a point. */
export function badge(kind: StepKind, right: number, y: number): string {
  const width = badgeSize(kind);
  const content =
    kind === 'compensatable'
      ? element('path', { d: turn, transform: `translate(${width / 2},0)` })
      : element('text', { x: width / 2, y: 3.4 }, escapeXml(kind));
  return at('badge', right - width, y, [
    element('title', {}, escapeXml(kind)),
    element('rect', { y: -8, width, height: 16, rx: 8 }),
    content,
  ]);
}

/** A timer that is armed: a clock around a point. */
export function clock(x: number, y: number, title: string): string {
  return at('clock', x, y, [
    element('title', {}, escapeXml(title)),
    element('circle', { r: 5.5 }),
    element('path', { d: 'M0,-3V0L2.5,1.5' }),
  ]);
}

function at(name: string, x: number, y: number, content: readonly string[]): string {
  const place = `translate(${tenth(x)},${tenth(y)})`;
  return element('g', { class: name, transform: place }, content);
}
