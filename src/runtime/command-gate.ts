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
  /** How much of that undos and seals have to themselves, in percent: overload must not keep sagas from going back. */
  readonly reservedPercent: number;
  /** With how many waiting actions a participant counts as backlogged. */
  readonly maxWaiting: number;
}

/** How much one participant has to do, as far as this node goes. */
export interface LaneStats {
  readonly participant: string;
  /** Commands that were sent and not answered yet. */
  readonly underWay: number;
  /** Actions that wait to be sent. */
  readonly forward: number;
  /** Undos and seals that wait to be sent. */
  readonly backward: number;
}

/** Who a command is for, and whose it is. */
export interface Errand {
  readonly participant: string;
  readonly isBackward: boolean;
  /** Whether the node still drives the saga, as the store knows it; asked again when it rejects. */
  readonly isOurs: () => Promise<boolean>;
}

/** A command that was handed to the gate. */
export interface GatedCommand {
  /** When it was sent, ms since the epoch; `undefined`: it still waits. */
  readonly sentAt: number | undefined;
  /** Forgets it: it is not sent any more, or its reply is dropped. */
  abandon(): void;
}

/** One command on its way. */
interface Passage extends GatedCommand, Errand {
  sentAt: number | undefined;
  /** Since when it waits, ms since the epoch. */
  readonly since: number;
  isAbandoned: boolean;
  readonly go: () => void;
}

/** One participant's commands. */
interface Lane {
  underWay: number;
  readonly forward: Set<Passage>;
  readonly backward: Set<Passage>;
}

/** What waited longer may be of a saga that another node took over meanwhile; ms. */
const unsureAfter = 1_000;
/** How often a closed gate is looked at; ms. */
const lookEvery = 100;

/**
 * Lets commands out: as many at once as a participant may have, and none while the transport is down or the lease is
 * not held. A command that waits here was not sent: an outage uses up no attempts, and leaves nothing in doubt. One that
 * waited long is sent only if its saga is still this node's; what the transport has cannot be recalled, barriers absorb it.
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

  /** Every participant that was ever asked. */
  get lanes(): readonly LaneStats[] {
    return [...this.#lanes].map(([participant, { underWay, forward, backward }]) => ({
      participant,
      underWay,
      forward: forward.size,
      backward: backward.size,
    }));
  }

  /** Whether so many actions wait for a participant that no more should be begun. */
  isBacklogged(participant: string): boolean {
    return (this.#lanes.get(participant)?.forward.size ?? 0) >= this.#options.maxWaiting;
  }

  /**
   * Sends a command as soon as that may be; `make` is asked for it just then. Settles at most once, never synchronously;
   * as `refused` when `make` throws, for then nothing was sent.
   */
  send(to: Errand, make: () => CommandRequest, settle: (reply: Reply) => void): GatedCommand {
    const lane = this.#lane(to.participant);
    let end: () => void = () => {};
    const passage: Passage = {
      ...to,
      sentAt: undefined,
      since: this.#options.clock.now(),
      isAbandoned: false,
      go: () => {
        passage.sentAt = this.#options.clock.now();
        end = this.#pass(lane, make, settle);
      },
      abandon: () => {
        passage.isAbandoned = true;
        if (passage.sentAt !== undefined) return end();
        if (queueOf(lane, passage).delete(passage)) this.#waiting -= 1;
      },
    };
    if (this.#isOpen() && this.#hasRoom(lane, to.isBackward)) passage.go();
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
        if (!this.#isOpen() || !this.#hasRoom(lane, isBackward)) break;
        queueOf(lane, passage).delete(passage);
        this.#waiting -= 1;
        this.#letOut(lane, passage);
      }
    }
    if (this.#waiting > 0) this.#watch();
  }

  /** Sends what waited, once it is known that it is still to be sent; its place is kept until then. */
  #letOut(lane: Lane, passage: Passage): void {
    if (this.#options.clock.now() - passage.since <= unsureAfter) return passage.go();
    lane.underWay += 1;
    this.#check(lane, passage);
  }

  #check(lane: Lane, passage: Passage): void {
    passage.isOurs().then(
      (isOurs) => this.#checked(lane, passage, isOurs),
      () => this.#options.clock.schedule(unsureAfter, () => this.#checkAgain(lane, passage)),
    );
  }

  /** The store did not answer. */
  #checkAgain(lane: Lane, passage: Passage): void {
    if (passage.isAbandoned) this.#checked(lane, passage, false);
    else this.#check(lane, passage);
  }

  #checked(lane: Lane, passage: Passage, isOurs: boolean): void {
    lane.underWay -= 1;
    if (passage.isAbandoned || !isOurs) return this.#drain(lane);
    if (this.#isOpen()) passage.go();
    else this.#hold(lane, passage);
  }

  #hasRoom({ underWay }: Lane, isBackward: boolean): boolean {
    const { maxInFlight, reservedPercent } = this.#options;
    const forward = Math.max(1, Math.floor(maxInFlight * (1 - reservedPercent / 100)));
    return underWay < (isBackward ? maxInFlight : forward);
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
