export { type ChartSheet, type ChartSource } from './chart-sheet.ts';
export { ChartSheets, type ChartSheetsOptions } from './chart-sheets.ts';
export { type ChartView } from './chart-view.ts';
export {
  type ChartEdge,
  type ChartGraph,
  type ChartNode,
  type ChartPart,
  toGraph,
  type Trigger,
} from './graph.ts';
export { type InspectionOptions, toInspection } from './inspection.ts';
export {
  type ActorMessage,
  type EventMessage,
  type InspectedEvent,
  type InspectedSnapshot,
  type InspectionMessage,
  inspectVersion,
  type SnapshotMessage,
} from './inspection-message.ts';
export { type InspectionV4Message, toInspectionV4 } from './inspection-v4.ts';
export { toMachineJson } from './machine-json.ts';
export { type EdgeMark, type Marks, type MarksOptions, type StateMark, toMarks } from './marks.ts';
export { type MermaidOptions, toActive, toMermaid } from './mermaid.ts';
export { toSequence } from './sequence.ts';
export { toRunSequence } from './sequence-run.ts';
export { type SvgOptions, toSvg } from './svg.ts';
export { chartStyle } from './svg-style.ts';
