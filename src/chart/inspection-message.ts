/** The version of `@statelyai/inspect` whose messages these are. */
export const inspectVersion = '0.7.2';

interface MessageBase {
  /** The actor that it is about: a saga's id, or `<saga>/<participant>`. */
  readonly sessionId: string;
  /** The saga's id. */
  readonly rootId: string;
  /** Stable: the same line of the journal always has the same ids. */
  readonly id: string;
  /** ms since the epoch, as a text. */
  readonly createdAt: string;
  readonly _version: string;
}

/** What an inspector shows of a state. */
export interface InspectedSnapshot {
  readonly status: 'active' | 'done';
  readonly value?: unknown;
  readonly context?: unknown;
  readonly tags?: readonly string[];
}

/** An event by its type, with whatever it carries. */
export interface InspectedEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** There is an actor: the saga itself, or a participant that it talks to. */
export interface ActorMessage extends MessageBase {
  readonly type: '@xstate.actor';
  readonly name: string;
  readonly parentId?: string;
  /** The machine as JSON text; its states in the order of the definition. */
  readonly definition: string;
  readonly snapshot: InspectedSnapshot;
}

/** An actor was sent an event. */
export interface EventMessage extends MessageBase {
  readonly type: '@xstate.event';
  /** Who sent it; nobody: a person, or a timer. */
  readonly sourceId?: string;
  readonly event: InspectedEvent;
}

/** An actor is in a state. */
export interface SnapshotMessage extends MessageBase {
  readonly type: '@xstate.snapshot';
  readonly event: InspectedEvent;
  readonly snapshot: InspectedSnapshot;
}

/** A message as `@statelyai/inspect` posts it to an inspector. */
export type InspectionMessage = ActorMessage | EventMessage | SnapshotMessage;
