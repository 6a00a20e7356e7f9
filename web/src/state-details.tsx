import type { Attempt } from './attempts.ts';
import type { Definition, SagaChart } from './api.ts';
import { now } from './clock.ts';
import { clock, duration } from './format.ts';
import { JsonView } from './json-view.tsx';
import type { Moment } from './moment.ts';
import { Card, Code, Text } from './text.tsx';

interface Props {
  readonly state: string;
  readonly chart: SagaChart | undefined;
  readonly moment: Moment;
  readonly attempts: readonly Attempt[];
  readonly definition: Definition;
  readonly isPast: boolean;
  readonly onClose: () => void;
}

/** Everything about one state: what it is for, what the saga did there, how it can be left. */
export function StateDetails({ state, chart, moment, attempts, definition, isPast, onClose }: Props) {
  const node = chart?.graph.nodes.find(({ id }) => id === state);
  const mark = chart?.marks.states[state];
  const step = definition.steps.find(({ name }) => name === state.split('.').at(-1));
  const isUndo = state.startsWith('compensating.');
  const own = attempts.filter(
    (one) => one.step === step?.name && (one.op === 'undo') === isUndo && one.phase === 'executing',
  );
  const record = step === undefined ? undefined : moment.steps[step.name];
  const result = step === undefined || isUndo ? undefined : moment.results[step.name];
  return (
    <Card
      title={`State ${state}`}
      class="state-card"
      tools={
        <button type="button" class="plain" aria-label="Close the state" onClick={onClose}>
          ✕
        </button>
      }
    >
      <div class="state-details">
        {node === undefined || node.description === '' ? null : (
          <p>
            <Text value={node.description} />
          </p>
        )}
        <Facts step={step} isUndo={isUndo} mark={mark} record={record} />
        {own.length === 0 ? null : <AttemptList attempts={own} />}
        {chart === undefined ? null : <Ways state={state} chart={chart} isPast={isPast} />}
        {result === undefined ? null : (
          <div class="state-result">
            <h3>It answered</h3>
            <JsonView value={result} />
          </div>
        )}
      </div>
    </Card>
  );
}

interface FactsProps {
  readonly step: Definition['steps'][number] | undefined;
  readonly isUndo: boolean;
  readonly mark: SagaChart['marks']['states'][string] | undefined;
  readonly record: Moment['steps'][string] | undefined;
}

function Facts({ step, isUndo, mark, record }: FactsProps) {
  const facts: readonly (readonly [string, string])[] = [
    [
      'asks',
      step === undefined
        ? ''
        : isUndo
          ? (step.compensation ?? 'nobody: there is nothing to undo')
          : step.action,
    ],
    ['kind', step === undefined || isUndo ? '' : step.kind],
    ['one attempt', step === undefined ? '' : `${duration(step.timeoutMs)} at most`],
    [
      'come to',
      mark === undefined || mark.visits === 0 ? 'never' : mark.visits === 1 ? 'once' : `${mark.visits} times`,
    ],
    ['spent there', mark === undefined || mark.spent === 0 ? '' : duration(mark.spent)],
    ['in doubt', record?.inDoubt === true ? 'yes: it may have had an effect that nobody confirmed' : ''],
    ['last error', record?.error === undefined ? '' : `${record.error.code}: ${record.error.message}`],
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Text value={value} />
            </dd>
          </div>
        ))}
    </dl>
  );
}

function AttemptList({ attempts }: { readonly attempts: readonly Attempt[] }) {
  return (
    <div>
      <h3>Attempts</h3>
      <ol class="attempts">
        {attempts.map((one) => (
          <li key={one.seq}>
            <time>{clock(one.from)}</time> <b>{one.to === null ? 'under way' : one.outcome}</b>
            {one.to === null ? '' : ` after ${duration(one.to - one.from)}`} <Text value={one.error} />
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The transitions out of a state, with what the saga did and may do on them. */
function Ways({
  state,
  chart: { graph, marks },
  isPast,
}: Pick<Props, 'state' | 'isPast'> & { readonly chart: SagaChart }) {
  const ways = graph.edges
    .flatMap((edge, index) =>
      edge.source === state || edge.source.startsWith(`${state}.`)
        ? [{ ...edge, mark: marks.edges[String(index)], index }]
        : [],
    )
    .toSorted((a, b) => rankOf(b.mark) - rankOf(a.mark));
  if (ways.length === 0) return null;
  return (
    <div class="ways">
      <h3>Ways on</h3>
      <ul>
        {ways.map(({ index, source, target, event, trigger, guard, mark }) => (
          <li
            key={index}
            class={mark?.isPossible === true ? 'is-possible' : (mark?.taken ?? 0) > 0 ? 'is-taken' : ''}
          >
            <Code
              value={event === '' ? trigger : event.replace(/^xstate\.after\.([\w-]+\.\w+).*$/, 'after $1')}
            />
            {guard === null ? null : <small> if {guard.type}</small>} → <Code value={target ?? 'stays'} />
            {source === state ? null : <small> from {source.slice(state.length + 1)}</small>}
            {mark?.isPossible === true ? <em>{possibleWords(mark.dueAt, isPast)}</em> : null}
            {(mark?.taken ?? 0) > 0 ? (
              <em>taken{(mark?.taken ?? 0) > 1 ? ` ${mark?.taken} times` : ''}</em>
            ) : null}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What may happen now comes first, then what did. */
function rankOf(mark: SagaChart['marks']['edges'][string] | undefined): number {
  if (mark?.isPossible === true) return 2;
  return (mark?.taken ?? 0) > 0 ? 1 : 0;
}

/** An armed timer says when it takes the transition by itself. */
function possibleWords(dueAt: number | null, isPast: boolean): string {
  if (dueAt === null) return 'possible now';
  if (isPast) return `by itself at ${clock(dueAt)}`;
  return dueAt <= now.value ? 'by itself at any moment' : `by itself in ${duration(dueAt - now.value)}`;
}
