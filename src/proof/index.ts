// Prove a saga before it runs.
export { proof, proofInPieces, type ProofOptions, type ProofReport, type PropertyResult } from './proof.ts';
export type { Piecewise } from './piecewise.ts';
export { properties, type Property } from './properties.ts';
export type { Counterexample, Story, StoryLine } from './counterexample.ts';
export type { Guarantee, Hazard } from './effects.ts';
export type { MissingCompensation, Need, NeedReason } from './needs.ts';
export { type CommandDuration, type Durations, durationsOf, type StepDuration } from './durations.ts';
export { type RollbackCase, rollbackPlan } from './rollback-plan.ts';

// Show it.
export { storyLines, type ToldLine, toldLines, toReportText } from './report-text.ts';
export { toPathMermaid } from './path-mermaid.ts';
export { type FailingTestOptions, toFailingTest } from './failing-test.ts';

// Sagas of other engines.
export { foreignProof, type ForeignCounterexample, type ForeignReport } from './foreign-proof.ts';
export { toForeignText } from './foreign-text.ts';
export { type ForeignSaga, type ForeignStep, toForeignSaga } from './foreign-saga.ts';

// Copy what ran.
export { type HappenedStep, toHappenings, toTest, type ToTestOptions } from './to-test.ts';

// Watch what runs.
export { type Deviation, deviationOf } from './conformance.ts';
export {
  type ConformanceOptions,
  type ConformanceReport,
  type ConformanceSchedule,
  ConformanceWatch,
} from './conformance-watch.ts';
export {
  type ConformanceStanding,
  ConformanceWalker,
  type ConformanceWalkerOptions,
} from './conformance-walker.ts';
