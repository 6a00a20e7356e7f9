import { ChartSheets } from '../chart/chart-sheets.ts';
import type { ChartView } from '../chart/chart-view.ts';
import { toGraph } from '../chart/graph.ts';
import { toMermaid } from '../chart/mermaid.ts';
import { toSequence } from '../chart/sequence.ts';
import { toSvg } from '../chart/svg.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import { type SagaMachine, toConfig } from '../core/machine.ts';
import { type Api, sagaPath } from './api.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';

/**
 * `mmd`: Mermaid text. `svg`: a drawing. `json`: the graph. `machine`: XState's configuration. `sequence`: who is asked for
 * what, as Mermaid text.
 */
export type ChartFormat = 'mmd' | 'svg' | 'json' | 'machine' | 'sequence';

/** Which chart to print. */
export interface ChartOptions {
  /** A definition, `order` or `order@2`; or, with `isSaga`, a saga's id: what it did is drawn then. */
  readonly name: string;
  readonly isSaga: boolean;
  readonly format: ChartFormat;
  /** Of a drawing: with or without what is inside of steps. */
  readonly view: ChartView;
}

/** `sagachart chart`: a statechart from a node. */
export async function chartFromApi(
  io: Io,
  api: Api,
  { name, format, isSaga, view }: ChartOptions,
): Promise<ExitReason> {
  if (isSaga && format === 'machine')
    throw new CliError('usage', "a saga has no machine of its own: print its definition's");
  const files: Readonly<Record<ChartFormat, string>> = {
    mmd: 'chart.mmd',
    svg: `chart.svg?view=${view}`,
    json: 'chart.json',
    machine: 'machine.json',
    sequence: 'sequence.mmd',
  };
  const base = isSaga ? sagaPath(name) : toDefinitionPath(name);
  const text = await api.text(`${base}/${files[format]}`);
  io.out(text.trimEnd());
  return 'ok';
}

/** `sagachart chart --module`: a statechart from a module's definitions. */
export async function chartFromModule(
  io: Io,
  sagas: readonly AnySagaDefinition[],
  { name, format, view }: ChartOptions,
): Promise<ExitReason> {
  const saga = find(sagas, name);
  const graph = toGraph(saga.machine as SagaMachine);
  const formats: Readonly<Record<ChartFormat, () => string | Promise<string>>> = {
    mmd: () => toMermaid(graph),
    svg: async () => toSvg(await new ChartSheets().get(saga, view)),
    json: () => JSON.stringify(graph, null, 2),
    machine: () => JSON.stringify(toConfig(saga.plan), null, 2),
    sequence: () => toSequence(saga.plan),
  };
  io.out((await formats[format]()).trimEnd());
  return 'ok';
}

function toDefinitionPath(text: string): string {
  const [, name, version = 'latest'] = /^([A-Za-z][A-Za-z0-9_-]{0,63})(?:@(\d{1,10}))?$/.exec(text) ?? [];
  if (name === undefined)
    throw new CliError('usage', `${JSON.stringify(text)} is no saga's name: write order or order@2`);
  return `/v1/definitions/${name}/${version}`;
}

function find(sagas: readonly AnySagaDefinition[], text: string): AnySagaDefinition {
  const newestFirst = sagas.toSorted((a, b) => b.version - a.version);
  const found = newestFirst.find(({ name, version }) => name === text || `${name}@${version}` === text);
  if (found !== undefined) return found;
  throw new CliError(
    'notFound',
    `there is no saga '${text}'; the module has ${sagas.map(({ name, version }) => `${name}@${version}`).join(', ')}`,
  );
}
