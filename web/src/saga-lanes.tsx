import { useEffect, useRef } from 'preact/hooks';
import type { Attempt } from './attempts.ts';
import { duration, many } from './format.ts';
import { type LaneLook, type LaneStep, looksOf, type Moment } from './moment.ts';
import type { WordsOptions } from './saga-words.ts';
import { showAround } from './show-around.ts';
import { Card, Text } from './text.tsx';

const signs: Readonly<Record<LaneLook, string>> = {
  done: '✓',
  active: '◐',
  failed: '✕',
  undone: '↺',
  skipped: '–',
  idle: '○',
};

const lookWords: Readonly<Record<LaneLook, string>> = {
  done: 'done',
  active: 'under way',
  failed: 'failed',
  undone: 'undone',
  skipped: 'not needed',
  idle: 'not reached',
};

type Props = WordsOptions & {
  readonly selected: string | undefined;
  readonly onSelect: (state: string) => void;
};

/** The way forward, and beneath it the way back, step by step. */
export function SagaLanes(props: Props) {
  const { moment, steps } = props;
  const columns = toColumns(steps);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const current = box.current?.querySelectorAll('.step:is(.is-active, .is-failed)');
    // The way back is drawn last: where there is one, it is what goes on.
    const last = current?.item(current.length - 1);
    if (last !== null && last !== undefined && box.current !== null) showAround(box.current, last);
  }, [moment.state]);
  const isBackward = moment.cause !== null;
  const end = { completed: 'done', compensated: 'undone' }[moment.status as string];
  return (
    <Card title="Saga" class="lanes-card">
      <div
        ref={box}
        class="lanes"
        style={{ gridTemplateColumns: `auto repeat(${columns.length}, minmax(var(--lane), 1fr)) auto` }}
      >
        <span class="lane-label">forward</span>
        {columns.map((column, index) => (
          <div key={column[0]?.name} class={`lane-cell ${index > 0 ? arrowTo(column, moment) : ''}`}>
            {column.map((step) => (
              <StepBox key={step.name} {...props} step={step} way="action" />
            ))}
            {isBackward && column.some(({ name }) => name === moment.cause?.step) ? (
              <span class="lane-why">
                <Text value={moment.cause?.error?.code ?? 'failed'} />
              </span>
            ) : null}
          </div>
        ))}
        <span class={`lane-end ${end === 'done' ? 'is-done' : ''}`}>completed</span>
        <span class={`lane-label is-back ${end === 'undone' ? 'is-undone' : ''}`}>
          <span class={`lane-end ${end === 'undone' ? 'is-undone' : ''}`}>compensated</span>
        </span>
        {columns.map((column, index) => (
          <div key={column[0]?.name} class={`lane-cell is-back ${backClass(columns, index, moment)}`}>
            {column.map((step) =>
              step.compensation === null ? null : (
                <StepBox key={step.name} {...props} step={step} way="undo" />
              ),
            )}
          </div>
        ))}
        <span />
      </div>
    </Card>
  );
}

/** Members of a group share a column. */
function toColumns(steps: readonly LaneStep[]): readonly (readonly LaneStep[])[] {
  const columns: LaneStep[][] = [];
  for (const step of steps) {
    const last = columns.at(-1);
    if (step.group !== null && last?.[0]?.group === step.group) last.push(step);
    else columns.push([step]);
  }
  return columns;
}

/** Where there is nothing to undo, the way back leads through to what was done before. */
function backClass(columns: readonly (readonly LaneStep[])[], index: number, moment: Moment): string {
  const column = columns[index] ?? [];
  if (hasUndo(column)) return arrowFrom(column, moment);
  return columns.slice(index).some(hasUndo) ? 'is-through' : '';
}

function hasUndo(column: readonly LaneStep[]): boolean {
  return column.some(({ compensation }) => compensation !== null);
}

function arrowTo(column: readonly LaneStep[], { steps }: Moment): string {
  return column.some(({ name }) => steps[name] !== undefined) ? 'arrow-in is-taken' : 'arrow-in';
}

function arrowFrom(column: readonly LaneStep[], moment: Moment): string {
  const isTaken = column.some((step) =>
    ['undone', 'active', 'failed'].includes(looksOf(step, moment).undo ?? ''),
  );
  return isTaken ? 'arrow-out is-taken' : 'arrow-out';
}

function StepBox({
  step,
  way,
  moment,
  attempts,
  selected,
  onSelect,
}: Props & { readonly step: LaneStep; readonly way: 'action' | 'undo' }) {
  const look = looksOf(step, moment)[way] ?? 'skipped';
  const path = step.group === null ? step.name : `${step.group}.${step.name}`;
  const state = `${way === 'action' ? 'running' : 'compensating'}.${path}`;
  const own = attempts.filter(
    ({ step: name, op }) => name === step.name && (way === 'undo') === (op === 'undo'),
  );
  const title = way === 'action' ? step.name : `undo ${step.name}`;
  const how = howWords(look, own, moment);
  return (
    <button
      type="button"
      class={`step is-${look} ${step.isSignal ? 'is-signal' : ''}`}
      aria-pressed={selected === state}
      onClick={() => onSelect(state)}
    >
      <span class="step-sign" aria-hidden="true">
        {signs[look]}
      </span>
      <span class="step-title">
        <Text value={title} />
        <span class="unseen-words">: {lookWords[look]}</span>
      </span>
      <span class="step-operation">
        <Text value={way === 'action' ? step.action : (step.compensation ?? '')} />
      </span>
      <span class="step-how">
        {way === 'action' && (step.kind === 'pivot' || step.kind === 'retriable') ? (
          <em>{step.kind}</em>
        ) : null}
        <Text value={how} />
      </span>
    </button>
  );
}

function howWords(look: LaneLook, attempts: readonly Attempt[], moment: Moment): string {
  if (look === 'skipped') return 'not needed';
  const first = attempts[0];
  const last = attempts.at(-1);
  if (first === undefined || last === undefined) return '';
  const sent = attempts.filter(({ phase }) => phase === 'executing').length;
  const spent = (last.to ?? moment.at) - first.from;
  if (look === 'active')
    return last.phase === 'executing'
      ? `attempt ${last.number}`
      : { backoff: 'tries again', polling: 'still at work', settling: 'waits for its end', waiting: 'waits' }[
          last.phase
        ];
  return [sent > 1 ? many(sent, 'attempt') : '', duration(spent)].filter((word) => word !== '').join(' · ');
}
