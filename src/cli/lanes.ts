import { commandName } from '../core/steps.ts';
import type { DefinitionJson, SagaJson, StepJson } from './saga-json.ts';

/** What a marker says of an action or a compensation. */
const markers = {
  done: '[x]',
  active: '[>]',
  failed: '[!]',
  pending: '[ ]',
  skipped: '[-]',
  doubtful: '[?]',
  none: '   ',
} as const;
type Mark = keyof typeof markers;

/** The markers, for those who see them for the first time. */
export const legend = '[x] done  [>] active  [!] failed  [ ] pending  [-] skipped  [?] in doubt';

/** What lanes are made of. */
export interface LanesOptions {
  readonly saga: Pick<SagaJson, 'status' | 'steps' | 'parked'>;
  /** Names groups and compensations, where it is known. */
  readonly definition?: DefinitionJson | undefined;
  /** Columns; longer lanes go on below. 0: as long as they are. */
  readonly width?: number;
}

interface Cell {
  readonly forward: string;
  readonly backward: string;
  /** What stands between this step and the next one. */
  readonly isGrouped: boolean;
}

/** A saga as two rows of ASCII: its steps, and beneath each its compensation. */
export function toLanes({ saga, definition, width = 0 }: LanesOptions): readonly string[] {
  const cells = saga.steps.map((step, index) => toCell(saga, definition, index, step));
  return toRows(cells, width - 'forward  '.length).flatMap((row, index) => {
    const undo = row.some((cell) => cell.backward.trim() !== '') ? [`undo     ${join(row, 'backward')}`] : [];
    const lines = [`forward  ${join(row, 'forward')}`, ...undo].map((line) => line.trimEnd());
    return index === 0 ? lines : ['', ...lines];
  });
}

function toCell(
  saga: LanesOptions['saga'],
  definition: DefinitionJson | undefined,
  index: number,
  step: StepJson,
): Cell {
  const defined = definition?.steps.find(({ name }) => name === step.name);
  const next = definition?.steps.find(({ name }) => name === saga.steps[index + 1]?.name);
  const mark = toUndoMark(saga, step, defined === undefined || defined.compensation !== null);
  const undo = mark === 'none' ? '' : (defined?.compensation?.split('.')[1] ?? 'undo');
  return {
    forward: `${markers[toMark(saga, step)]} ${step.name}`,
    backward: `${markers[mark]} ${undo}`,
    isGrouped: defined !== undefined && defined.group !== null && defined.group === next?.group,
  };
}

function toMark({ parked }: LanesOptions['saga'], { name, status, inDoubt, error, result }: StepJson): Mark {
  if (parked !== null && parked.command === name) return 'failed';
  switch (status) {
    case 'pending':
      return 'pending';
    case 'skipped':
      return 'skipped';
    case 'failed':
      return inDoubt ? 'doubtful' : 'failed';
    case 'running':
      return 'active';
    case 'completed':
    case 'compensating':
    case 'compensated':
      if (inDoubt) return 'doubtful';
      return error !== undefined && result === undefined ? 'failed' : 'done';
  }
}

function toUndoMark(saga: LanesOptions['saga'], step: StepJson, canBeUndone: boolean): Mark {
  if (saga.parked !== null && saga.parked.command === commandName(step.name, 'undo')) return 'failed';
  if (step.status === 'compensated') return 'done';
  if (step.status === 'compensating') return 'active';
  return step.kind === 'compensatable' && canBeUndone && mayBeUndone(saga, step) ? 'pending' : 'none';
}

/** Whether the step's undo may still come. One that proved to have no effect needs none. */
function mayBeUndone({ status: saga }: LanesOptions['saga'], { status, inDoubt }: StepJson): boolean {
  if (saga === 'completed' || saga === 'compensated' || status === 'skipped') return false;
  return status === 'pending' ? saga === 'running' : status !== 'failed' || inDoubt;
}

/** Breaks lanes that are wider than the terminal. */
function toRows(cells: readonly Cell[], width: number): readonly (readonly Cell[])[] {
  const rows: Cell[][] = [];
  let length = 0;
  for (const cell of cells) {
    const size = Math.max(cell.forward.length, cell.backward.length) + ' --> '.length;
    const row = rows.at(-1);
    if (row !== undefined && (width <= 0 || length + size <= width)) row.push(cell);
    else rows.push([cell]);
    length = rows.at(-1)?.length === 1 ? size : length + size;
  }
  return rows;
}

function join(cells: readonly Cell[], lane: 'forward' | 'backward'): string {
  return cells
    .map((cell, index) => {
      const next = cells[index + 1];
      const text = cell[lane].padEnd(Math.max(cell.forward.length, cell.backward.length));
      if (next === undefined) return text;
      // Nothing leads to or from a step that has nothing to undo.
      const isBlank = cell[lane].trim() === '' || next[lane].trim() === '';
      const arrow = cell.isGrouped ? ' | ' : lane === 'forward' ? '-->' : '<--';
      return `${text} ${isBlank ? '   ' : arrow} `;
    })
    .join('');
}
