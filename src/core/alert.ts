import type { CauseType, SagaKey, SagaStatus } from './store.ts';

/**
 * `parked`: the saga waits for a person. `stuck`: it should go on and does not. `nonconformant`: its stored state is not
 * what its journal makes of it.
 */
export type AlertKind = 'parked' | 'stuck' | 'nonconformant';

/** Something about a saga that a person should look at; plain JSON, without what the saga is about. */
export interface Alert {
  /** The same each time that it is sent: whoever gets alerts drops what they have seen. */
  readonly id: string;
  readonly kind: AlertKind;
  /** One sentence for people. */
  readonly text: string;
  readonly tenant: SagaKey['tenant'];
  readonly sagaId: SagaKey['id'];
  readonly saga: string;
  readonly definitionVersion: number;
  /** The saga's version: what `If-Match` takes. */
  readonly version: number;
  readonly status: SagaStatus;
  /** The chart's state, where it is known. */
  readonly state?: string;
  readonly step?: string;
  readonly cause?: CauseType;
  /** The code of the error that it is parked with. */
  readonly errorCode?: string;
  /** Since when; ISO 8601. */
  readonly since: string;
}

/** Where alerts go. */
export interface AlertSink {
  /** Names it in the store, in logs and in metrics: `webhook`, `nats`. Each sink is told everything, at its own pace. */
  readonly name: string;
  /**
   * Resolves once the alert has arrived. Throws when that is not certain, or it could not be sent: it is sent again.
   * `refused`: it arrived, and whoever got it never will take it; then it is dropped.
   */
  send(alert: Alert): Promise<'accepted' | 'refused'>;
  /** Ends what it holds. */
  close(): Promise<void>;
}
