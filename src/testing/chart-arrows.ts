import { createActor } from 'xstate';
import type { SagaMachine } from '../core/machine.ts';
import type { SagaSnapshot } from '../core/snapshot.ts';
import type { SagaPlan } from '../core/steps.ts';

/** As much of XState's transition as is looked at here. */
interface Arrow {
  readonly source: { readonly id: string };
  readonly eventType: string;
  readonly guard?: unknown;
  readonly target?: readonly { readonly id: string }[] | undefined;
}

interface Node {
  readonly id: string;
  readonly states: Readonly<Record<string, Node>>;
  readonly transitions: ReadonlyMap<string, readonly Arrow[]>;
  readonly always?: readonly Arrow[];
}

/** The transitions of a saga's machine by name, and which of them an event takes; eventless ones count, too. */
export class ChartArrows {
  readonly #machine: SagaMachine;
  readonly #names = new Map<unknown, string>();
  readonly #taken: unknown[] = [];
  readonly #scope: Parameters<SagaMachine['transition']>[2];

  constructor({ name, timeout }: SagaPlan, machine: SagaMachine) {
    this.#machine = machine;
    for (const arrow of arrowsOf(machine.root as unknown as Node)) {
      // A saga without a timeout has no deadline to miss.
      if (timeout !== undefined || arrow.eventType !== 'deadline')
        this.#names.set(arrow, nameOf(arrow, name));
    }
    const inspect = (inspected: object) => {
      if ('_transitions' in inspected) this.#taken.push(...(inspected._transitions as readonly unknown[]));
    };
    const self = createActor(machine, { input: { id: '', input: {} }, inspect } as never);
    const idle = () => {};
    this.#scope = {
      self,
      id: '',
      sessionId: '',
      logger: idle,
      defer: idle,
      emit: idle,
      system: self.system,
      stopChild: idle,
      actionExecutor: idle,
    } as never;
  }

  /** All of them: `running.charge.executing: charge.refused [isInDoubt] → running.charge.sealing`. */
  get all(): readonly string[] {
    return [...this.#names.values()];
  }

  /** Those that starting a saga takes. */
  takenAtStart(input: unknown): readonly string[] {
    return this.#watch(() => this.#machine.getInitialSnapshot(this.#scope, { id: 'path', input }));
  }

  /** Those that an event takes in a state. */
  taken({ state }: SagaSnapshot, event: { readonly type: string }): readonly string[] {
    return this.#watch(() => this.#machine.transition(state, event as never, this.#scope));
  }

  #watch(run: () => unknown): readonly string[] {
    this.#taken.length = 0;
    run();
    return this.#taken.flatMap((arrow) => this.#names.get(arrow) ?? []);
  }
}

function arrowsOf(node: Node): readonly Arrow[] {
  const own = [...node.transitions.values()].flat();
  return [...own, ...(node.always ?? []), ...Object.values(node.states).flatMap(arrowsOf)];
}

function nameOf({ source, eventType, guard, target }: Arrow, saga: string): string {
  const short = ({ id }: { readonly id: string }) => id.slice(saga.length + 1) || '(saga)';
  const timer = eventType.startsWith('xstate.after.')
    ? eventType.slice('xstate.after.'.length).split(`.${saga}.`)[0]
    : undefined;
  const event =
    eventType === '' ? 'always' : eventType.startsWith('xstate.done.') ? 'done' : (timer ?? eventType);
  const condition = guard === undefined ? '' : ` [${guardName(guard)}]`;
  return `${short(source)}: ${event}${condition} → ${target?.map(short).join(', ') ?? 'stays'}`;
}

function guardName(guard: unknown): string {
  const { type, params } = guard as { readonly type: string; readonly params?: { readonly as?: string } };
  return params?.as === undefined ? type : `${type} ${params.as}`;
}
