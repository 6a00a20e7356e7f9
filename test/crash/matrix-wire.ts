import { commandName } from '../../src/core/steps.ts';
import type {
  Abandon,
  CommandRequest,
  Reply,
  Service,
  Serving,
  Transport,
} from '../../src/core/transport.ts';

/**
 * What becomes of one attempt: `refused` a durable no; `failed` may be asked again; `lostReply` the effect happens and no
 * answer comes; `lostBefore` the connection breaks before anything happened; `late` no answer comes, and the command
 * arrives when the saga is over; `unreachable` nobody listens (503).
 */
export type Fault = (typeof faults)[number];

/** All faults. */
export const faults = ['refused', 'failed', 'lostReply', 'lostBefore', 'late', 'unreachable'] as const;

/** An attempt that does not go well: the given one, or all from that one on. */
export interface Deviation {
  /** `charge`, `undoCharge`, `sealCharge`. */
  readonly command: string;
  readonly attempt: number;
  readonly fault: Fault;
  readonly isForever: boolean;
}

/** How the attempts of a saga's commands end; those that are not named go well. */
export type Path = readonly Deviation[];

/** What becomes of an attempt on this path. */
export function faultOf(path: Path, command: string, attempt: number): Fault | undefined {
  const found = path.find(
    (one) => one.command === command && (one.isForever ? attempt >= one.attempt : attempt === one.attempt),
  );
  return found?.fault;
}

/** A wire on which commands fare as a path says. Refusals are made by the participants, behind their barrier. */
export class FaultyWire implements Transport {
  readonly #wire: Transport;
  readonly #sent: CommandRequest[] = [];
  readonly #late: CommandRequest[] = [];
  /** Replace it to let everything go well. */
  path: Path;

  constructor(wire: Transport, path: Path) {
    this.#wire = wire;
    this.path = path;
  }

  /** Every command that was sent, in order. */
  get sent(): readonly CommandRequest[] {
    return this.#sent;
  }

  /** Lets the commands arrive that were held up. */
  deliverLate(): void {
    for (const request of this.#late.splice(0)) this.#wire.request(request, () => {});
  }

  request(request: CommandRequest, settle: (reply: Reply) => void): Abandon {
    this.#sent.push(request);
    const fault = faultOf(this.path, commandName(request.step, request.op), request.attempt);
    const error = { code: fault ?? 'none', message: `the attempt is ${fault ?? 'fine'}` };
    switch (fault) {
      case 'failed':
        return later(() => settle({ type: 'failed', error }));
      case 'unreachable':
        return later(() => settle({ type: 'unreachable', error }));
      case 'lostBefore':
        return later(() => settle({ type: 'lost', error, retryable: true }));
      case 'lostReply':
        return this.#wire.request(request, () => {});
      case 'late':
        this.#late.push(request);
        return () => {};
      case 'refused':
      case undefined:
        return this.#wire.request(request, settle);
    }
  }

  serve(service: Service): Promise<Serving> {
    return this.#wire.serve(service);
  }

  isConnected(): boolean {
    return this.#wire.isConnected();
  }

  close(): Promise<void> {
    return this.#wire.close();
  }
}

function later(task: () => void): Abandon {
  let isForgotten = false;
  queueMicrotask(() => {
    if (!isForgotten) task();
  });
  return () => {
    isForgotten = true;
  };
}
