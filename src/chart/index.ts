export {
  type ChartEdge,
  type ChartGraph,
  type ChartNode,
  type ChartPart,
  toGraph,
  type Trigger,
} from './graph.ts';
export { type MermaidOptions, toActive, toMermaid } from './mermaid.ts';
