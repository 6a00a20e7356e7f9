export { RetryableError, TerminalError } from '../core/errors.ts';
export type { Barrier, BarrierCall, BarrierOutcome } from '../core/barrier.ts';
export {
  serveParticipant,
  type ParticipantOptions,
  type ParticipantOutcome,
  type ParticipantRecord,
} from './serve.ts';
export {
  inProgress,
  type Command,
  type Handler,
  type InProgress,
  type Operation,
  type SagaInfo,
} from './operation.ts';
export { verifyParticipant, type ConformanceOptions } from './conformance.ts';
export type { CheckResult, ConformanceReport, Guarantee, GuaranteeResult } from './conformance-report.ts';
export { formatConformance } from './conformance-text.ts';
