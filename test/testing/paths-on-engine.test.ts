import { describe, expect, it } from 'vitest';
import type { AnySagaDefinition } from '../../src/core/definition.ts';
import { advance, begin, type SagaLogic } from '../../src/core/transition.ts';
import { pathsOf, type SagaPath } from '../../src/testing/paths.ts';
import { type Build, runPath } from './path-driver.ts';
import { loanSaga, orderSaga, type Pace, tripInputs, tripSaga } from './path-sagas.ts';

const worlds: readonly {
  readonly name: string;
  readonly build: Build;
  readonly inputs: readonly unknown[];
}[] = [
  { name: 'the order saga', build: builtOnce(orderSaga), inputs: [{}] },
  { name: 'the trip saga', build: builtOnce(tripSaga), inputs: tripInputs },
  { name: 'the loan saga', build: builtOnce(loanSaga), inputs: [{}] },
];

describe.each(worlds)('$name on the engine', { timeout: 240_000 }, ({ build, inputs }) => {
  it('takes every path as the pure machine does, restarted from what is stored between every two events', async () => {
    const { paths } = pathsOf(build(), { inputs, isRestarted: true });
    for (const path of paths) await running(path, () => runPath(build, path, { isRestarted: true }));
    expect(paths.length).toBeGreaterThan(50);
  });

  it('takes every path as the pure machine does, without a restart', async () => {
    const { paths } = pathsOf(build(), { inputs });
    for (const path of paths)
      await running(path, () => runPath(build, path, { isRestarted: false, pace: paceFor(build, path) }));
    expect(paths.length).toBeGreaterThan(50);
  });
});

async function running(path: SagaPath, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    throw new Error(`on the path ${path.description}`, { cause: error });
  }
}

/** Gives the same saga for the same pace: to generate a machine takes longer than to walk a path. */
function builtOnce(build: Build): Build {
  const built = new Map<string, AnySagaDefinition>();
  return (pace = {}) => {
    const key = JSON.stringify(pace);
    const saga = built.get(key) ?? build(pace);
    built.set(key, saga);
    return saga;
  };
}

/** Times with which the path's timers ring in the path's order, and its deadline when the path says. */
function paceFor(build: Build, path: SagaPath): Pace {
  for (const timeouts of [{ car: 1_500 }, { hotel: 1_500 }]) {
    const deadline = deadlineFor(build({ timeouts }), path);
    if (deadline !== undefined) return { timeouts, deadline };
  }
  throw new Error(`no times are known with which this can happen: ${path.description}`);
}

/** When the deadline must be, in ms after the start; `undefined`: another timer would ring before one of the path's. */
function deadlineFor(saga: AnySagaDefinition, path: SagaPath): number | undefined {
  const logic: SagaLogic = { plan: saga.plan, machine: saga.machine as SagaLogic['machine'] };
  let [{ snapshot }, now, wanted] = [begin(logic, { id: 'path', input: path.input, now: 0 }), 0, 1e9];
  for (const event of path.events) {
    const due = snapshot.timers[event.type];
    if (event.type === 'deadline') {
      now += 1;
      wanted = now;
    } else if (due !== undefined) {
      now = due;
    }
    const others = Object.entries(snapshot.timers).filter(
      ([type]) => type !== event.type && type !== 'deadline',
    );
    if (others.some(([, at]) => at <= now)) return undefined;
    const move = advance(logic, snapshot, event, { now, deadline: undefined });
    if (move === undefined) throw new Error(`no arrow for ${event.type}`);
    ({ snapshot } = move);
  }
  return wanted;
}
