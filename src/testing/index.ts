// Every way through a saga.
export { pathsOf, type PathsOptions, type SagaPath, type SagaPaths } from './paths.ts';

// A world to run sagas in.
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
