import type { Rect } from './geometry.ts';
import type { Marks } from './marks.ts';
import { fit, widthOf } from './text-width.ts';
import { element, escapeXml, toPlain } from './xml.ts';

/** What stands above a chart. */
export interface Head {
  readonly title: string;
  readonly version: number;
  readonly about: string;
  readonly sagaId: string;
  readonly marks: Marks | null;
}

const name = { size: 17, isBold: true };
const small = { size: 12 };
const pill = { size: 11.5, isBold: true };

/** How much room the head takes; px. Its second line is cut off where the chart ends, but not below 480 px. */
export function headSize(head: Head): { readonly width: number; readonly height: number } {
  const { titleWidth, idWidth, pillWidth } = widths(head);
  return { width: Math.max(480, titleWidth + idWidth + pillWidth + 40), height: 56 };
}

/** The head: the saga's name, version, id and status, and below why it is where it is. */
export function drawHead(head: Head, { x, y, width }: Omit<Rect, 'height'>): string {
  const { titleWidth, pillWidth } = widths(head);
  const why = head.marks === null ? '' : whyText(head.marks);
  const beside = `v${head.version}${head.sagaId === '' ? '' : ` · ${toPlain(head.sagaId)}`}`;
  const below = fit(toPlain(why === '' ? head.about : why), width, small);
  return element('g', { class: 'heading' }, [
    element('text', { class: 'name', x, y: y + 17 }, escapeXml(head.title)),
    element('text', { class: 'about', x: x + titleWidth + 10, y: y + 17 }, escapeXml(beside)),
    head.marks === null ? '' : drawPill(head.marks.status, x + width - pillWidth, y, pillWidth),
    element('text', { class: why === '' ? 'about' : 'about why', x, y: y + 38 }, escapeXml(below)),
  ]);
}

function drawPill(status: string, x: number, y: number, width: number): string {
  const frame = element('rect', { x, y, width, height: 22, rx: 11 });
  return element('g', { class: 'pill' }, [
    frame,
    element('text', { x: x + width / 2, y: y + 15 }, escapeXml(status)),
  ]);
}

function widths({ title, version, sagaId, marks }: Head) {
  return {
    titleWidth: widthOf(toPlain(title), name),
    idWidth: widthOf(`v${version} · ${toPlain(sagaId)}`, small),
    pillWidth: marks === null ? 0 : widthOf(marks.status, pill) + 24,
  };
}

/** Why a saga goes backward or waits for a person: `charge: card_declined, the card was declined`. */
function whyText({ cause, parked }: Marks): string {
  const causes =
    cause === null
      ? []
      : [
          cause.step ?? '',
          causeWords[cause.type] ?? cause.type,
          failureText(cause.error),
          cause.reason ?? '',
        ];
  const waits = parked === null ? [] : ['waits for a person', parked.command, failureText(parked.error)];
  return [causes, waits]
    .map((words) => words.filter((word) => word !== '').join(' · '))
    .filter((text) => text !== '')
    .join('  —  ');
}

const causeWords: Readonly<Record<string, string>> = {
  stepFailed: 'failed',
  cancelled: 'cancelled',
  timedOut: 'past its deadline',
  operator: 'turned back by a person',
};

function failureText(failure: { readonly code: string; readonly message: string } | undefined): string {
  return failure === undefined ? '' : `${failure.code} (${failure.message})`;
}
