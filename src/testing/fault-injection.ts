import { commandName } from '../core/steps.ts';
import type { Abandon, CommandRequest, Reply, Service, Serving, Transport } from '../core/transport.ts';

/**
 * What becomes of a command: `fail`: the participant says that it failed, without having been asked; `drop`: it never
 * arrives, and nothing answers; `dropReply`: it takes effect, and its answer is lost; `unreachable`: nobody listens;
 * `break`: the connection breaks before it arrives; `duplicate`: it arrives twice; `hold`: no answer comes, and it arrives
 * when `release` says so.
 */
export type Fault = 'fail' | 'drop' | 'dropReply' | 'unreachable' | 'break' | 'duplicate' | 'hold';

/** All faults. */
export const faults: readonly Fault[] = [
  'fail',
  'drop',
  'dropReply',
  'unreachable',
  'break',
  'duplicate',
  'hold',
];

/** A command that passed: what it was, and what befell it. */
export interface PassedCommand {
  /** `charge`, `undoCharge`. */
  readonly name: string;
  readonly request: CommandRequest;
  readonly fault: Fault | undefined;
}

interface Planned {
  readonly fault: Fault;
  left: number;
}

/** Any transport, on whose commands faults can be put: the next one, the next few, or all of them. For tests. */
export class FaultyTransport implements Transport {
  readonly #transport: Transport;
  readonly #plans = new Map<string, Planned[]>();
  readonly #passed: PassedCommand[] = [];
  readonly #held: CommandRequest[] = [];
  readonly #delays = new Map<string, number>();
  readonly #schedule: ((delay: number, run: () => void) => void) | undefined;

  /** `schedule` lets time pass before delayed commands go on: a clock's, such as `ManualClock`'s. */
  constructor(
    transport: Transport,
    { schedule }: { readonly schedule?: (delay: number, run: () => void) => void } = {},
  ) {
    this.#transport = transport;
    this.#schedule = schedule;
  }

  /** Every command that was sent, in order. */
  get passed(): readonly PassedCommand[] {
    return this.#passed;
  }

  /** Puts a fault on the next `count` commands of that name (`charge`, `undoCharge`); `Infinity`: on all that follow. */
  next(name: string, fault: Fault, count = 1): this {
    this.#plans.set(name, [...(this.#plans.get(name) ?? []), { fault, left: count }]);
    return this;
  }

  /** Lets every command of that name take `ms` longer to arrive. Throws `Error` where no `schedule` was given. */
  delay(name: string, ms: number): this {
    if (this.#schedule === undefined)
      throw new Error('give FaultyTransport a schedule, such as your clock’s');
    this.#delays.set(name, ms);
    return this;
  }

  /** Nothing goes wrong any more. */
  calm(): void {
    this.#plans.clear();
    this.#delays.clear();
  }

  /** Lets what was held arrive; nobody hears the answers. */
  release(): void {
    for (const request of this.#held.splice(0)) this.#transport.request(request, () => {});
  }

  request(request: CommandRequest, settle: (reply: Reply) => void): Abandon {
    const name = commandName(request.step, request.op);
    const fault = this.#faultOf(name);
    this.#passed.push({ name, request, fault });
    switch (fault) {
      case 'fail':
        return later(() => settle({ type: 'failed', error: errorOf(fault) }));
      case 'unreachable':
        return later(() => settle({ type: 'unreachable', error: errorOf(fault) }));
      case 'break':
        return later(() => settle({ type: 'lost', error: errorOf(fault), retryable: true }));
      case 'drop':
        return () => {};
      case 'hold':
        this.#held.push(request);
        return () => {};
      case 'dropReply':
        this.#transport.request(request, () => {});
        return () => {};
      case 'duplicate':
        this.#transport.request(request, () => {});
        return this.#transport.request(request, settle);
      case undefined:
        return this.#pass(name, request, settle);
    }
  }

  serve(service: Service): Promise<Serving> {
    return this.#transport.serve(service);
  }

  isConnected(): boolean {
    return this.#transport.isConnected();
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #pass(name: string, request: CommandRequest, settle: (reply: Reply) => void): Abandon {
    const delay = this.#delays.get(name);
    if (delay === undefined || this.#schedule === undefined) return this.#transport.request(request, settle);
    let abandon: Abandon | undefined;
    let isAbandoned = false;
    this.#schedule(delay, () => {
      // A command that was sent arrives, whether anybody still waits for its answer or not.
      abandon = this.#transport.request(request, (reply) => (isAbandoned ? undefined : settle(reply)));
    });
    return () => {
      isAbandoned = true;
      abandon?.();
    };
  }

  #faultOf(name: string): Fault | undefined {
    const [first] = this.#plans.get(name) ?? [];
    if (first === undefined) return undefined;
    first.left -= 1;
    if (first.left <= 0) this.#plans.set(name, (this.#plans.get(name) ?? []).slice(1));
    return first.fault;
  }
}

function errorOf(fault: Fault) {
  return { code: fault, message: `injected: ${fault}` };
}

/** Never within the caller's own call. */
function later(run: () => void): Abandon {
  let isForgotten = false;
  queueMicrotask(() => {
    if (!isForgotten) run();
  });
  return () => {
    isForgotten = true;
  };
}
