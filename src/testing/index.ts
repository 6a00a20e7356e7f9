// Try a saga by hand, in virtual time.
export {
  type Expected,
  given,
  Given,
  type GivenEnd,
  type GivenOptions,
  type SentRequest,
  type When,
} from './given.ts';

export { type HappenedStep, toHappenings, toTest, type ToTestOptions } from '../proof/to-test.ts';

// Every way through a saga.
export { pathsOf, type PathsOptions, type SagaPath, type SagaPaths } from './paths.ts';

// Which transitions tests, and production, have taken.
export { type CoverageReport, ModelCoverage, toCoverageText } from './coverage.ts';

// The real engine, killed at every point.
export {
  crashMatrix,
  type CrashMatrixOptions,
  type CrashMatrixReport,
  type CrashViolation,
} from './crash-matrix.ts';
export type { CrashPoint } from './crash-points.ts';
export type { CrashNode, CrashPath, CrashPorts } from './crash-world.ts';

// A world to run sagas in.
export { type Fault, faults, FaultyTransport, type PassedCommand } from './fault-injection.ts';
export { ManualClock } from './manual-clock.ts';
export {
  type Script,
  ScriptedParticipants,
  type ScriptedReply,
  type SentCommand,
} from './scripted-participants.ts';

// What every store, transport and barrier must do.
export { barrierContract } from './barrier-contract.ts';
export type { BarrierWorld } from './barrier-scene.ts';
export { storeContract } from './store-contract.ts';
export { transportContract } from './transport-contract.ts';
export { outageTransportContract } from './transport-contract-outage.ts';
export { rawTransportContract } from './transport-contract-raw.ts';
export type { ContractRule, RawAnswer, TransportWorld } from './transport-world.ts';
