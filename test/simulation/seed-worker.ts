import { parentPort } from 'node:worker_threads';
import type { SimulationReport } from '../../src/testing/simulation/simulation-options.ts';
import { simulateSeed } from './real-world.ts';
import type { SeedOrder } from './seed-runner.ts';

const port = parentPort;
if (port === null) throw new Error('It runs in a worker thread only; for a single seed there is replay.ts.');

const rejections: unknown[] = [];
process.on('unhandledRejection', (reason) => rejections.push(reason));

port.on('message', (order: SeedOrder) => {
  run(order).then(
    (reports) => port.postMessage(reports),
    // A worker says it by dying.
    (error: unknown) =>
      setImmediate(() => {
        throw error;
      }),
  );
});

async function run({ seeds }: SeedOrder): Promise<readonly SimulationReport[]> {
  const reports: SimulationReport[] = [];
  for (const seed of seeds) reports.push(await runSeed(seed));
  return reports;
}

async function runSeed(seed: number): Promise<SimulationReport> {
  const report = await simulateSeed(seed);
  // Only now Node looks for rejections that nobody handled.
  await new Promise((resolve) => setImmediate(resolve));
  const unhandled = rejections
    .splice(0)
    .map((reason) => ({ invariant: 'I-39', what: `nobody handled ${String(reason)}` }));
  return { ...report, violations: [...report.violations, ...unhandled] };
}
