// Write a saga.
export {
  type AnySagaDefinition,
  defineSaga,
  type SagaDefinition,
  type SagaOptions,
  type StepOptions,
} from './core/definition.ts';
export type { Duration } from './core/duration.ts';
export type { HookCall, HookName } from './core/hooks.ts';
export type { RetryOptions } from './core/retry-policy.ts';
export type { Schema } from './core/schema.ts';
export type { OnTimeout, SagaView, StepKind } from './core/steps.ts';
export type { UncertainWaitOptions, WaitOptions } from './core/wait.ts';

// Run it.
export { createOrchestrator, type Orchestrator } from './runtime/orchestrator.ts';
export {
  type ActionOptions,
  defaultTenant,
  type Health,
  type Limits,
  type OrchestratorOptions,
  type ResolveOptions,
  type RetryActionOptions,
  type SagaPage,
  type SignalOptions,
  type StartedSaga,
  type StartOptions,
} from './runtime/orchestrator-options.ts';
export type { ActionRequest, ForeseenAction } from './runtime/actions.ts';
export type { Preview, PreviewedCommand, PreviewedState } from './core/preview.ts';
export type { Metrics } from './runtime/metrics.ts';
export type { Reports } from './runtime/reports.ts';
export type { BatchRequest, Batches } from './runtime/batches.ts';
export type { Batch, BatchItem, BatchStatus } from './core/batch-store.ts';
export type { AuditEntry, AuditFilter } from './core/audit.ts';
export type { FaultFilter, FaultGroup } from './core/saga-list.ts';
export type { EventsOptions, RelayStats } from './runtime/relay.ts';
export type { RetentionOptions } from './runtime/retention.ts';
export type { UpkeepStats } from './runtime/upkeep.ts';
export type { PublishedData, PublishedEvent, PublishedEventType } from './core/cloud-event.ts';
export type { EventMessage, EventPublisher } from './core/event-publisher.ts';
export type { Saga, SagaSummary, SignalState, StepState } from './runtime/saga.ts';
export type {
  JournalRow,
  SagaCursor,
  SagaFault,
  SagaFilter,
  SagaRecord,
  SagaSlice,
  SagaStatus,
  SagaStore,
  SagaTally,
} from './core/store.ts';
export type { Reply, Service, Serving, Transport } from './core/transport.ts';
export type { Clock, Ids } from './core/clock.ts';
export type { Logger } from './core/logger.ts';

// Look inside.
export type { Cause, Parked, Pause, SagaContext, StepRecord, StepStatus } from './core/context.ts';
export type { SagaMachine, SagaMachineEvent } from './core/machine.ts';
export type { StoredSnapshot } from './core/snapshot.ts';
export {
  advance,
  awaitedCommands,
  begin,
  type Choice,
  legalActions,
  legalEvents,
  legalSignals,
  type Move,
  type OperatorAction,
  type OperatorEvent,
  type SagaEvent,
} from './core/transition.ts';

// What can go wrong.
export {
  ConflictError,
  DefinitionError,
  type Failure,
  NotAllowedError,
  NotFoundError,
  RetryableError,
  SagaError,
  type SagaErrorCode,
  SagaFailedError,
  StorageRefusedError,
  StorageUnavailableError,
  TerminalError,
  UnavailableError,
  UnreadablePayloadError,
  ValidationError,
} from './core/errors.ts';

// Keep what sagas carry to yourself.
export { createAesPayloadCodec, payloadKeyId } from './runtime/aes-payload-codec.ts';
export { EncryptedStore, encryptedStore } from './runtime/encrypted-store.ts';
export type { PayloadCodec, PayloadPlace } from './core/payload-codec.ts';
export { type Redact, toRedact } from './core/redaction.ts';
export { barePublisher } from './runtime/bare-publisher.ts';
export { redactedPublisher } from './runtime/redacted-publisher.ts';
