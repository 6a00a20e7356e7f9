import { badgeSize, box, fonts, linesOf } from './box-size.ts';
import type { Caption } from './captions.ts';
import type { Rect } from './geometry.ts';
import type { ChartNode } from './graph.ts';
import type { Look } from './progress.ts';
import { badge, clock, sign } from './svg-signs.ts';
import { fit, widthOf } from './text-width.ts';
import { element, escapeXml, toPlain } from './xml.ts';

/** One state, ready to be drawn. */
export interface DrawnNode {
  readonly node: ChartNode;
  readonly caption: Caption;
  readonly rect: Rect;
  readonly look: Look;
  readonly isInnermost: boolean;
  /** The line that says how the step gets on. */
  readonly progress: string;
  /** Transitions that stay in the box, as positions in the graph's `edges`. */
  readonly transitions: readonly number[];
  /** Timers that are armed here, in words. */
  readonly timers: readonly string[];
}

/** A state as SVG: its box, its texts and signs. */
export function drawNode(drawn: DrawnNode): string {
  const { node, caption, rect, look, isInnermost } = drawn;
  const names = [
    'state',
    look,
    isInnermost ? 'leaf' : 'frame',
    node.type,
    caption.step === null ? '' : 'is-step',
    caption.kind === null ? '' : `is-${caption.kind}`,
  ];
  const content = [
    element('title', {}, escapeXml(tooltip(drawn))),
    frame(rect, 'halo', 0),
    frame(rect, 'box', 0),
    node.type === 'final' ? frame(rect, 'inner', 3.5) : '',
    sign(look, rect.x + box.padding + 4, rect.y + 18),
    ...texts(drawn),
  ];
  return element(
    'g',
    {
      class: names.filter((name) => name !== '').join(' '),
      'data-state': node.id,
      'data-transitions': drawn.transitions.join(' '),
    },
    content,
  );
}

function frame({ x, y, width, height }: Rect, name: string, inset: number): string {
  const rx = 9 - inset;
  return element('rect', {
    class: name,
    x: x + inset,
    y: y + inset,
    width: width - 2 * inset,
    height: height - 2 * inset,
    rx,
  });
}

function texts({ caption, rect, isInnermost, progress, timers }: DrawnNode): readonly string[] {
  const left = rect.x + box.padding + box.sign;
  const right = rect.x + rect.width - box.padding;
  const lines = linesOf(caption, isInnermost);
  const y = (line: number) => rect.y + 22 + line * box.line;
  const isStep = lines === 2;
  const titleRoom = right - left - (caption.kind === null ? 0 : badgeSize(caption.kind) + 8);
  const clockRoom = timers.length > 0 ? box.clock : 0;
  const { internal } = caption;
  const top = rect.y + box.title + lines * box.line;
  return [
    text('title', left, y(0), fit(toPlain(caption.title), titleRoom, fonts.title)),
    caption.kind === null ? '' : badge(caption.kind, right + 4, y(0) - 4),
    isStep
      ? text('operation', left, y(1), fit(toPlain(caption.operation), right - left, fonts.operation))
      : '',
    lines > 0
      ? text('detail', left, y(lines), fit(toPlain(progress), right - left - clockRoom, fonts.detail))
      : '',
    lines === 0 && !isInnermost ? hint(caption, left, y(0), right) : '',
    ...internal.map((line, index) => text('internal', left, top + 10 + index * box.internal, line)),
    timers.length > 0 ? clock(right - 2, lines > 0 ? y(lines) - 4 : rect.y + 18, timers.join('\n')) : '',
  ];
}

/** What a frame is about, beside its name. */
function hint({ title, detail }: Caption, left: number, y: number, right: number): string {
  if (detail === '') return '';
  const x = left + widthOf(title, fonts.title) + 12;
  return text('hint', x, y, fit(toPlain(detail), right - x, fonts.detail));
}

function text(name: string, x: number, y: number, content: string): string {
  return element('text', { class: name, x, y }, escapeXml(content));
}

function tooltip({ node, look, progress }: DrawnNode): string {
  const words = [node.id, look === 'idle' ? '' : look, node.description, progress];
  return [...new Set(words.filter((word) => word !== ''))].join(' · ');
}
