// How long a proof takes: each saga in a process of its own, first cold, as `sagachart check` runs it, then warm.
// Seconds mean nothing on another machine; how they grow with the steps does.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type AnySagaDefinition, defineSaga } from 'sagachart';
import { proof } from 'sagachart/proof';
import { median } from './measure.ts';

/** A definition whose names the compiler does not follow. */
interface Chain extends AnySagaDefinition {
  step(name: string, options: { readonly action: string; readonly compensation: string }): Chain;
  parallel(name: string, build: (group: Chain) => Chain): Chain;
}

interface Measured {
  readonly states: number;
  readonly cold: number;
  /** User and system time of the cold run; s. */
  readonly cpu: number;
  readonly warm: number;
}

const start = () => defineSaga('measured', { timeout: '1h' }) as unknown as Chain;
const steps = (chain: Chain, count: number) =>
  Array.from({ length: count }, (_, index) => `s${index}`).reduce(
    (saga, name) => saga.step(name, { action: `p.${name}`, compensation: `p.un${name}` }),
    chain,
  );

const sagas: Readonly<Record<string, () => AnySagaDefinition>> = {
  '5 steps': () => steps(start(), 5),
  '10 steps': () => steps(start(), 10),
  '20 steps': () => steps(start(), 20),
  '40 steps': () => steps(start(), 40),
  'group of 2': () => start().parallel('all', (group) => steps(group, 2)),
  'group of 5': () => start().parallel('all', (group) => steps(group, 5)),
};

function measured(saga: AnySagaDefinition): Measured {
  const timed = (): readonly [number, number, number] => {
    const before = process.cpuUsage();
    const from = performance.now();
    const { explored } = proof(saga);
    const { user, system } = process.cpuUsage(before);
    const states = explored.reduce((sum, one) => sum + one.states, 0);
    return [(performance.now() - from) / 1_000, (user + system) / 1e6, states];
  };
  const [cold, cpu, states] = timed();
  const warm = median(Array.from({ length: 5 }, () => timed()[0]));
  return { states, cold, cpu, warm };
}

const [, , name] = process.argv;
if (name === undefined) {
  const cell = (text: string) => text.padStart(12);
  console.log(`proof() with default options, Node ${process.version}; seconds`);
  console.log(['', 'states', 'cold', 'cold CPU', 'warm', 'µs a state'].map(cell).join(''));
  for (const key of Object.keys(sagas)) {
    const child = fork(fileURLToPath(import.meta.url), [key]);
    const [{ states, cold, cpu, warm }] = (await once(child, 'message')) as [Measured];
    const row = [key, String(states), cold.toFixed(2), cpu.toFixed(2), warm.toFixed(2)];
    console.log([...row, ((warm * 1e6) / states).toFixed(0)].map(cell).join(''));
  }
} else {
  const saga = sagas[name]?.();
  if (saga === undefined) throw new Error(`no saga '${name}'; there are ${Object.keys(sagas).join(', ')}`);
  process.send?.(measured(saga), () => process.disconnect());
}
