import { ChartSheets } from '../chart/chart-sheets.ts';
import { toGraph } from '../chart/graph.ts';
import { toMarks } from '../chart/marks.ts';
import { toSvg } from '../chart/svg.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { SagaMachine } from '../core/machine.ts';
import type { Counterexample } from '../proof/counterexample.ts';

/** A saga's chart with the way of a counterexample drawn into it, as SVG; without marks where there is no way. */
export async function drawCounterexample(
  saga: AnySagaDefinition,
  { snapshot, journal }: Counterexample,
): Promise<string> {
  const sheet = await new ChartSheets().get(saga, 'full');
  if (snapshot === null) return toSvg(sheet);
  const graph = toGraph(saga.machine as SagaMachine);
  return toSvg(sheet, { marks: toMarks({ graph, definition: saga, snapshot, rows: journal }) });
}
