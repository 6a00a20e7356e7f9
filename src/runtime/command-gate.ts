import type { Clock } from '../core/clock.ts';
import { toFailure } from '../core/errors.ts';
import type { CommandRequest, Reply, Transport } from '../core/transport.ts';

/** What the gate needs. */
export interface CommandGateOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Whether this node may act at all: its lease is held. */
  readonly mayAct: () => boolean;
  /** The most commands that one participant has to answer at once. */
  readonly maxInFlight: number;
}

/** A command that was handed to the gate. */
export interface GatedCommand {
  /** When it was sent, ms since the epoch; `undefined`: it still waits. */
  readonly sentAt: number | undefined;
  /** Forgets it: it is not sent any more, or its reply is dropped. */
  abandon(): void;
}

/** One command on its way. */
interface Passage extends GatedCommand {
  sentAt: number | undefined;
  readonly participant: string;
  readonly isBackward: boolean;
  readonly go: () => void;
}

/** One participant's commands. */
interface Lane {
  underWay: number;
  readonly forward: Set<Passage>;
  readonly backward: Set<Passage>;
}

/** What undos and seals have to themselves; overload must not keep sagas from going back. */
const reservedShare = 0.25;
/** How often a closed gate is looked at; ms. */
const lookEvery = 100;

/**
 * Lets commands out: as many at once as a participant may have, and none while the transport is down or the lease is
 * not held. A command that waits here was not sent: an outage uses up no attempts, and leaves nothing in doubt.
 */
export class CommandGate {
  readonly #options: CommandGateOptions;
  readonly #lanes = new Map<string, Lane>();
  #waiting = 0;
  #isWatching = false;

  constructor(options: CommandGateOptions) {
    this.#options = options;
  }

  /** How many commands wait to be sent. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Sends a command as soon as that may be; `make` is asked for it just then. Settles at most once, never synchronously;
   * as `refused` when `make` throws, for then nothing was sent.
   */
  send(
    to: { readonly participant: string; readonly isBackward: boolean },
    make: () => CommandRequest,
    settle: (reply: Reply) => void,
  ): GatedCommand {
    const lane = this.#lane(to.participant);
    let end: () => void = () => {};
    const passage: Passage = {
      ...to,
      sentAt: undefined,
      go: () => {
        passage.sentAt = this.#options.clock.now();
        end = this.#pass(lane, make, settle);
      },
      abandon: () => {
        if (passage.sentAt !== undefined) return end();
        if (queueOf(lane, passage).delete(passage)) this.#waiting -= 1;
      },
    };
    if (this.#isOpen() && hasRoom(lane, to.isBackward, this.#options.maxInFlight)) passage.go();
    else this.#hold(lane, passage);
    return passage;
  }

  #isOpen(): boolean {
    return this.#options.mayAct() && this.#options.transport.isConnected();
  }

  #hold(lane: Lane, passage: Passage): void {
    queueOf(lane, passage).add(passage);
    this.#waiting += 1;
    this.#watch();
  }

  /** While the gate is closed somebody has to look when it opens; while a lane is full its own replies do. */
  #watch(): void {
    if (this.#isWatching || this.#isOpen()) return;
    this.#isWatching = true;
    this.#options.clock.schedule(lookEvery, () => {
      this.#isWatching = false;
      if (this.#waiting === 0) return;
      if (this.#isOpen()) for (const lane of this.#lanes.values()) this.#drain(lane);
      this.#watch();
    });
  }

  #pass(lane: Lane, make: () => CommandRequest, settle: (reply: Reply) => void): () => void {
    let isUnderWay = true;
    lane.underWay += 1;
    const leave = () => {
      if (!isUnderWay) return false;
      isUnderWay = false;
      lane.underWay -= 1;
      this.#drain(lane);
      return true;
    };
    const settled = (reply: Reply) => {
      if (leave()) settle(reply);
    };
    const abandon = this.#request(make, settled);
    return () => {
      abandon();
      leave();
    };
  }

  #request(make: () => CommandRequest, settled: (reply: Reply) => void): () => void {
    const { transport, clock } = this.#options;
    const settleLater = (reply: Reply) => clock.schedule(0, () => settled(reply));
    let request: CommandRequest;
    try {
      request = make();
    } catch (error) {
      return settleLater({ type: 'refused', error: { ...toFailure(error), code: 'input_threw' } });
    }
    try {
      return transport.request(request, settled);
    } catch (error) {
      return settleLater({ type: 'lost', error: toFailure(error), retryable: true });
    }
  }

  #drain(lane: Lane): void {
    for (const isBackward of [true, false]) {
      for (const passage of isBackward ? lane.backward : lane.forward) {
        if (!this.#isOpen() || !hasRoom(lane, isBackward, this.#options.maxInFlight)) break;
        queueOf(lane, passage).delete(passage);
        this.#waiting -= 1;
        passage.go();
      }
    }
    if (this.#waiting > 0) this.#watch();
  }

  #lane(participant: string): Lane {
    const lane = this.#lanes.get(participant) ?? { underWay: 0, forward: new Set(), backward: new Set() };
    this.#lanes.set(participant, lane);
    return lane;
  }
}

function queueOf(lane: Lane, { isBackward }: Passage): Set<Passage> {
  return isBackward ? lane.backward : lane.forward;
}

function hasRoom(lane: Lane, isBackward: boolean, limit: number): boolean {
  return lane.underWay < (isBackward ? limit : Math.max(1, Math.floor(limit * (1 - reservedShare))));
}
