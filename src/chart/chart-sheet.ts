import type { AnySagaDefinition } from '../core/definition.ts';
import type { SagaMachine } from '../core/machine.ts';
import type { SagaPlan } from '../core/steps.ts';
import { type Caption, toCaptions } from './captions.ts';
import type { ChartLayout } from './chart-layout.ts';
import { type ChartView, toView, type ViewedChart } from './chart-view.ts';
import { toElk } from './elk-graph.ts';
import { toGraph } from './graph.ts';

/** A definition's chart, laid out: all that is the same for every saga of it. */
export interface ChartSheet {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly plan: SagaPlan;
  readonly chart: ViewedChart;
  readonly captions: ReadonlyMap<string, Caption>;
  /** By edge of the chart: the lines of its label. */
  readonly labels: readonly (readonly string[])[];
  readonly layout: ChartLayout;
}

/** What is to be drawn. */
export type ChartSource = Pick<AnySagaDefinition, 'plan' | 'machine' | 'ref'>;

/** Everything about a sheet but where things lie; and what a layout is made from. */
export function toUnlaidSheet({ plan, machine }: ChartSource, view: ChartView) {
  const chart = toView(toGraph(machine as SagaMachine), plan, view);
  const captions = toCaptions(chart, plan);
  const { elk, labels } = toElk(chart, captions, plan);
  const { name, version, description } = plan;
  return { sheet: { name, version, description, plan, chart, captions, labels }, elk };
}
