import type { ChartNode } from './graph.ts';
import type { Caption } from './captions.ts';
import type { Size } from './geometry.ts';
import { type Font, widthOf } from './text-width.ts';

/** How the texts of a chart are set. */
export const fonts = {
  title: { size: 13, isBold: true },
  operation: { size: 11 },
  detail: { size: 10.5 },
  badge: { size: 9.5, isBold: true },
  label: { size: 10.5 },
} as const satisfies Readonly<Record<string, Font>>;

/** Distances inside of a box, in px. */
export const box = {
  padding: 14,
  /** Room for the sign of the status, left of the title. */
  sign: 20,
  title: 30,
  line: 15,
  internal: 14,
  bottom: 8,
  /** Room for the sign of a timer. */
  clock: 16,
} as const;

/** How much room the texts of a box need: all of an innermost state's box, or the head of one with states in it. */
export function boxSize(caption: Caption, node: Pick<ChartNode, 'type'>, isInnermost: boolean): Size {
  const lines = linesOf(caption, isInnermost);
  const indent = box.padding + box.sign;
  const title =
    widthOf(caption.title, fonts.title) + badgeWidth(caption.kind) + (caption.hasTimer ? box.clock : 0);
  const widths = [
    title + (isInnermost || caption.step !== null ? 0 : detailWidth(caption)),
    widthOf(caption.operation, fonts.operation),
    caption.step === null && !isInnermost ? 0 : widthOf(caption.detail, fonts.detail),
    ...caption.internal.map((line) => widthOf(line, fonts.label)),
  ];
  const least = isInnermost && lines > 0 ? 190 : 84;
  const height = box.title + lines * box.line + caption.internal.length * box.internal;
  const bottom = isInnermost ? (lines + caption.internal.length > 0 ? box.bottom : 4) : 0;
  const round = node.type === 'final' ? 8 : 0;
  return {
    width: Math.max(least, indent + Math.max(...widths) + box.padding + round),
    height: height + bottom + round / 2,
  };
}

/** Lines below the title: a step's operation and how it gets on; a folded state's explanation. */
export function linesOf({ role, operation, detail }: Caption, isInnermost: boolean): number {
  if (role === 'action' || role === 'undo') return operation === '' ? 0 : 2;
  return isInnermost && detail !== '' ? 1 : 0;
}

/** The width of a kind's badge with the gap before it; px. */
export function badgeWidth(kind: string | null): number {
  return kind === null ? 0 : 10 + badgeSize(kind);
}

/** The width of a kind's badge; px. */
export function badgeSize(kind: string): number {
  return kind === 'compensatable' ? 18 : widthOf(kind, fonts.badge) + 12;
}

function detailWidth({ detail }: Caption): number {
  return detail === '' ? 0 : 12 + widthOf(detail, fonts.detail);
}
