import { setTimeout as delay } from 'node:timers/promises';
import type { Reply, Service, Transport } from 'sagachart';
import { stepTimeout } from './saga.ts';

/**
 * What goes wrong with a command:
 * `refuse` a definite no, without effect; `error` a failure that may be repeated, without effect; `timeout` the effect
 * happens, but no reply is sent; `slow` the reply comes late (by half of what an attempt may take), but comes; `drop`
 * the command is lost before anything happened; `duplicate` the command arrives twice.
 */
export type FaultMode = (typeof faultModes)[number];

/** All modes. */
export const faultModes = ['refuse', 'error', 'timeout', 'slow', 'drop', 'duplicate'] as const;

/** Commands that shall go wrong. */
export interface Fault {
  readonly participant: string;
  readonly operation: string;
  readonly mode: FaultMode;
  /** How many more commands; `undefined`: all, until the faults are cleared. */
  readonly times?: number | undefined;
  /** Only commands of this saga. */
  readonly sagaId?: string | undefined;
}

/** By how much `slow` delays a command; ms. */
export const slowDelay = stepTimeout / 2;

type Target = Pick<Fault, 'participant' | 'operation'> & { readonly sagaId: string };

/** The faults to come. They live in memory: who restarts the demo starts without any. */
export class Faults {
  #faults: readonly Fault[] = [];

  /** In the order in which they were added. */
  get list(): readonly Fault[] {
    return this.#faults;
  }

  /** Adds a fault; it replaces an earlier one for the same operation and saga. */
  add(fault: Fault): void {
    this.#faults = [...this.#faults.filter((other) => !isSameTarget(fault, other)), fault];
  }

  /** From now on everything goes right. */
  clear(): void {
    this.#faults = [];
  }

  /** The fault for this command, when it is of one of these modes; uses up one of its times. */
  take(target: Target, modes: readonly FaultMode[]): FaultMode | undefined {
    const fault = this.#faults.find((one) => isAimedAt(one, target));
    if (fault === undefined || !modes.includes(fault.mode)) return undefined;
    if (fault.times !== undefined) this.#use(fault, fault.times - 1);
    return fault.mode;
  }

  #use(fault: Fault, times: number): void {
    this.#faults = this.#faults.flatMap((one) =>
      one !== fault ? [one] : times > 0 ? [{ ...fault, times }] : [],
    );
  }
}

/** The transport, with participants that fail as `faults` say. Refusals are up to the participants: see `participants.ts`. */
export function withFaults(transport: Pick<Transport, 'serve'>, faults: Faults): Pick<Transport, 'serve'> {
  return {
    serve: (service) =>
      transport.serve({
        ...service,
        handle: (request) =>
          handleWith(faults.take(request, ['error', 'timeout', 'slow', 'drop', 'duplicate']), () =>
            service.handle(request),
          ),
      }),
  };
}

type Handle = () => ReturnType<Service['handle']>;

async function handleWith(mode: FaultMode | undefined, handle: Handle): Promise<Reply | undefined> {
  switch (mode) {
    case 'error':
      return { type: 'failed', error: { code: 'demo_fault', message: 'a fault of the demo: try again' } };
    case 'timeout':
      await handle();
      return undefined;
    case 'slow':
      await delay(slowDelay);
      return handle();
    case 'drop':
      return undefined;
    case 'duplicate':
      return (await Promise.all([handle(), handle()]))[0];
    case 'refuse':
    case undefined:
      return handle();
  }
}

function isSameTarget(one: Fault, other: Fault): boolean {
  return (
    one.participant === other.participant && one.operation === other.operation && one.sagaId === other.sagaId
  );
}

function isAimedAt({ participant, operation, sagaId }: Fault, target: Target): boolean {
  return (
    participant === target.participant &&
    operation === target.operation &&
    (sagaId ?? target.sagaId) === target.sagaId
  );
}
