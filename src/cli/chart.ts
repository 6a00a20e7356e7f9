import { toGraph } from '../chart/graph.ts';
import { toMermaid } from '../chart/mermaid.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import { type SagaMachine, toConfig } from '../core/machine.ts';
import { type Api, sagaPath } from './api.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';

/** `mmd`: Mermaid text. `json`: the graph. `machine`: XState's configuration. */
export type ChartFormat = 'mmd' | 'json' | 'machine';

/** Which chart to print, of what a node knows. */
export interface ChartOptions {
  /** A definition, `order` or `order@2`; or, with `isSaga`, a saga's id: its state is marked then. */
  readonly name: string;
  readonly isSaga: boolean;
  readonly format: ChartFormat;
}

/** `sagachart chart`: a statechart from a node. */
export async function chartFromApi(io: Io, api: Api, options: ChartOptions): Promise<ExitReason> {
  const { name, format, isSaga } = options;
  if (format === 'json' || (isSaga && format !== 'mmd')) {
    throw new CliError('usage', `a node gives no chart of a ${isSaga ? 'saga' : 'definition'} as ${format}`, {
      advice: ['Use -o mmd, or read the definition from a module: --module ./sagas.js'],
    });
  }
  const base = isSaga ? sagaPath(name) : toDefinitionPath(name);
  const text = await api.text(`${base}/${format === 'mmd' ? 'chart.mmd' : 'machine.json'}`);
  io.out(text.trimEnd());
  return 'ok';
}

/** `sagachart chart --module`: a statechart from a module's definitions. */
export function chartFromModule(
  io: Io,
  sagas: readonly AnySagaDefinition[],
  { name, format }: ChartOptions,
): ExitReason {
  const saga = find(sagas, name);
  const graph = toGraph(saga.machine as SagaMachine);
  const formats: Readonly<Record<ChartFormat, () => string>> = {
    mmd: () => toMermaid(graph).trimEnd(),
    json: () => JSON.stringify(graph, null, 2),
    machine: () => JSON.stringify(toConfig(saga.plan), null, 2),
  };
  io.out(formats[format]());
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
