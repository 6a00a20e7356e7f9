import { commandName, type SagaPlan, stepsOf } from '../core/steps.ts';
import type { ViewedChart } from './chart-view.ts';
import type { ChartEdge, ChartPart } from './graph.ts';

/** The longest line, in characters, that more words are put into. */
const widest = 20;
const failures = ['refused', 'failed', 'lost', 'unreachable', 'sealed', 'timeout', 'park'];

/** What is written at an arrow, line by line: the same words once, those with the same guard together. */
export function edgeLines(chart: ViewedChart, plan: SagaPlan, indexes: readonly number[]): readonly string[] {
  const edges = indexes.flatMap((index) => chart.graph.edges[index] ?? []);
  if (chart.view === 'overview') return wrap(unique(edges.flatMap((edge) => summaryOf(edge, plan))));
  return unique(edges.map(({ guard }) => guardText(guard))).flatMap((guard) => {
    const guarded = edges.filter((edge) => guardText(edge.guard) === guard);
    const words = unique(guarded.map((edge) => wordOf(edge, plan)));
    const lines = wrap(words.filter((word) => word !== ''));
    return guard === '' ? lines : withGuard(lines, guard);
  });
}

/** A transition in full, for who looks closer: `executing → backoff: charge.failed [canRetry]`. */
export function transitionText({ source, target, event, trigger, guard }: ChartEdge): string {
  const what = trigger === 'after' ? `after ${event}` : event === '' ? trigger : event;
  const by = guardText(guard);
  return `${source} → ${target ?? source}: ${what}${by === '' ? '' : ` ${by}`}`;
}

function wordOf({ trigger, event, guard, target, source }: ChartEdge, plan: SagaPlan): string {
  if (trigger === 'always') return guard === null ? 'otherwise' : '';
  if (trigger === 'done') return 'all done';
  const word = trigger === 'after' ? `after ${endOf(event, plan)}` : endOf(event, plan);
  return target?.startsWith(`${source}.`) === true ? `${word} → ${target.slice(source.length + 1)}` : word;
}

/** The last part of an event of one of the saga's own commands: its box says which. */
function endOf(event: string, plan: SagaPlan): string {
  const dot = event.lastIndexOf('.');
  return dot > 0 && commandsOf(plan).has(event.slice(0, dot)) ? event.slice(dot + 1) : event;
}

/** What matters of a transition in an overview: that a step succeeded needs no words. */
function summaryOf(edge: ChartEdge, plan: SagaPlan): readonly string[] {
  const end = endOf(edge.event, plan);
  if (edge.trigger === 'always') return [];
  if (edge.trigger === 'done' || end === 'succeeded') return [];
  return failures.includes(end)
    ? [edge.source.startsWith('compensating') ? 'undo failed' : 'step failed']
    : [end];
}

function guardText(guard: ChartPart | null): string {
  if (guard === null) return '';
  const { as } = guard.params;
  return `[${guard.type}${typeof as === 'string' ? ` ${as}` : ''}]`;
}

function withGuard(lines: readonly string[], guard: string): readonly string[] {
  const last = lines.at(-1) ?? '';
  if (last.length + guard.length < widest) return [...lines.slice(0, -1), `${last} ${guard}`.trim()];
  return [...lines, guard];
}

function wrap(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const [index, word] of words.entries()) {
    const text = index < words.length - 1 ? `${word},` : word;
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length < widest) lines[lines.length - 1] = `${last} ${text}`;
    else lines.push(text);
  }
  return lines;
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}

const commands = new WeakMap<SagaPlan, ReadonlySet<string>>();

function commandsOf(plan: SagaPlan): ReadonlySet<string> {
  const known =
    commands.get(plan) ??
    new Set(
      stepsOf(plan).flatMap(({ name }) =>
        (['do', 'undo', 'seal'] as const).map((op) => commandName(name, op)),
      ),
    );
  commands.set(plan, known);
  return known;
}
