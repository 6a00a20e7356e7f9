import {
  commandName,
  type Operation,
  type SagaPlan,
  type Step,
  type StepKind,
  stepsOf,
  type Wait,
  waitsOf,
} from '../core/steps.ts';
import type { ViewedChart } from './chart-view.ts';
import { edgeLines } from './edge-words.ts';

/** What is written in a state's box whatever the saga does. */
export interface Caption {
  readonly title: string;
  /** The step that it is about. */
  readonly step: string | null;
  /** The step's way there, its way back, or its waiting for a person. */
  readonly role: 'action' | 'undo' | 'parked' | 'other';
  readonly kind: StepKind | null;
  /** `participant.operation` */
  readonly operation: string;
  /** What stands where a saga's progress is shown. */
  readonly detail: string;
  /** Transitions that stay in the box. */
  readonly internal: readonly string[];
  /** A timer may be armed in the state itself. */
  readonly hasTimer: boolean;
}

type StepCaption = Omit<Caption, 'internal' | 'hasTimer'>;

/** What is written in the boxes of a chart, by state. */
export function toCaptions(chart: ViewedChart, plan: SagaPlan): ReadonlyMap<string, Caption> {
  const steps = stepCaptions(plan);
  const timed = new Set(
    chart.graph.edges.flatMap(({ trigger, source }) => (trigger === 'after' ? [source] : [])),
  );
  return new Map(
    chart.nodes.map(({ id, key, description }) => {
      const internal = chart.view === 'full' ? edgeLines(chart, plan, chart.internal.get(id) ?? []) : [];
      const other = { title: key, step: null, role: 'other', kind: null, operation: '', detail: '' } as const;
      const detail = id.includes('.') ? '' : description;
      return [id, { ...(steps.get(id) ?? { ...other, detail }), internal, hasTimer: timed.has(id) }];
    }),
  );
}

function stepCaptions(plan: SagaPlan): ReadonlyMap<string, StepCaption> {
  const groups = new Map(
    plan.nodes.flatMap((node) =>
      node.type === 'group' ? node.members.map((step) => [step.name, `${node.name}.`] as const) : [],
    ),
  );
  const waits = waitsOf(plan).map((wait) => [`running.${wait.name}`, toWait(wait)] as const);
  const steps = stepsOf(plan).flatMap((step) => {
    const path = `${groups.get(step.name) ?? ''}${step.name}`;
    return [
      [`running.${path}`, toAction(step)],
      [`compensating.${path}`, toUndo(step)],
      [`failed.${commandName(step.name, 'do')}`, toParked(step, 'do')],
      [`failed.${commandName(step.name, 'undo')}`, toParked(step, 'undo')],
    ] as const;
  });
  return new Map([...waits, ...steps]);
}

function toWait({ name, timeout, when }: Wait): StepCaption {
  const span = timeout === undefined ? 'as long as it takes' : `at most ${durationText(timeout)}`;
  const detail = `${when === undefined ? '' : 'conditional · '}${span}`;
  return { title: name, step: name, role: 'action', kind: null, operation: 'waits for a signal', detail };
}

function toAction(step: Step): StepCaption {
  const { name, kind, action, when } = step;
  const detail = `${when === undefined ? '' : 'conditional · '}${effortOf(action)}`;
  return { title: name, step: name, role: 'action', kind, operation: nameOf(action), detail };
}

function toUndo(step: Step): StepCaption {
  const { name, compensation } = step;
  const operation = compensation === undefined ? '' : nameOf(compensation);
  const detail = compensation === undefined ? '' : effortOf(compensation);
  return { title: `undo ${name}`, step: name, role: 'undo', kind: null, operation, detail };
}

function toParked(step: Step, op: 'do' | 'undo'): StepCaption {
  const title = commandName(step.name, op);
  return { title, step: step.name, role: 'parked', kind: null, operation: '', detail: '' };
}

function nameOf({ participant, operation }: Operation): string {
  return `${participant}.${operation}`;
}

function effortOf({ timeout, retry }: Operation): string {
  const { maximumAttempts } = retry;
  const attempts = maximumAttempts === 1 ? 'one attempt' : `up to ${maximumAttempts} attempts`;
  return `${attempts} of ${durationText(timeout)}`;
}

/** A duration as people say it: `250 ms`, `2.1 s`, `10 min`, `3 h`, `2 d`. Given in ms. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
  ] as const;
  const [size, unit] = units.find(([one]) => ms >= one) ?? [1_000, 's'];
  return `${Number((ms / size).toFixed(1))} ${unit}`;
}
