import type { Barrier, BarrierCall, BarrierOutcome } from '../core/barrier.ts';
import { RetryableError, TerminalError } from '../core/errors.ts';
import type { Op } from '../core/transport.ts';

/** A barrier under test, and a way to see effects that are written with its `Tx`. */
export interface BarrierWorld<Tx> {
  readonly barrier: Barrier<Tx>;
  /** Adds one to the effect of that name, in the handler's transaction. */
  write(tx: Tx, effect: string): Promise<void>;
  /** How often the effect was written by transactions that committed. */
  count(effect: string): Promise<number>;
  /** Resolves when a passage waits for another one. */
  stalled(): Promise<void>;
}

/** A rule of the contract, played with a saga's step of its own. */
export type BarrierRule = (scene: BarrierScene) => Promise<void>;

/** A saga's step: the passages of one action, its undo and its seal. */
export interface BarrierScene {
  /** Passes with a handler that writes an effect named after `op`, then ends as `work` does. */
  pass(op: Op, work?: () => Promise<unknown>, key?: Partial<BarrierCall>): Promise<BarrierOutcome>;
  /** How often the action's and the undo's effects exist. */
  effects(): Promise<readonly [number, number]>;
  /** How often handlers were called. */
  calls(): number;
  stalled(): Promise<void>;
}

let scenes = 0;

/** A step that no other rule uses. */
export function createBarrierScene<Tx>({ barrier, write, count, stalled }: BarrierWorld<Tx>): BarrierScene {
  scenes += 1;
  const sagaId = `contract-${process.pid}-${scenes}-${Date.now()}`;
  const origin = {
    participant: 'stock',
    tenant: 'default',
    sagaId,
    step: 'reserve',
    iteration: 0,
    generation: 0,
  };
  let calls = 0;
  return {
    stalled,
    pass: (op, work = nothing, key = {}) =>
      barrier.pass({ ...origin, op, ...key }, async (tx) => {
        calls += 1;
        await write(tx, `${sagaId}-${op}`);
        return work();
      }),
    effects: () => Promise.all([count(`${sagaId}-do`), count(`${sagaId}-undo`)]),
    calls: () => calls,
  };
}

/** An action at work, ended by `end` only once another passage stands in front of the barrier: how both ended. */
export async function meet(
  { pass, stalled }: BarrierScene,
  op: Op,
  end: () => Promise<unknown>,
): Promise<readonly [BarrierOutcome | { readonly type: 'rejected' }, BarrierOutcome]> {
  const [begun, open] = [createSignal(), createSignal()];
  const action = pass('do', async () => {
    begun.give();
    await open.given;
    return end();
  }).catch(() => ({ type: 'rejected' as const }));
  await begun.given;
  const other = pass(op);
  await stalled();
  open.give();
  return Promise.all([action, other]);
}

/** A handler that refuses. */
export async function refuse(): Promise<never> {
  throw new TerminalError('no');
}

/** A handler that fails and may be called again. */
export async function fail(): Promise<never> {
  throw new RetryableError('not now');
}

/** What a passage answered with; `undefined` when it has no reply. */
export function replyOf(outcome: BarrierOutcome): unknown {
  return outcome.type === 'applied' || outcome.type === 'replayed' ? outcome.reply : undefined;
}

async function nothing(): Promise<null> {
  return null;
}

function createSignal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
