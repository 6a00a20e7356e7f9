import { Worker } from 'node:worker_threads';
import type { SimulationReport } from '../../src/testing/simulation/simulation-options.ts';

/** Seeds for a worker to run; it answers with their reports. */
export interface SeedOrder {
  readonly seeds: readonly number[];
}

/** Runs seeds in a thread of its own, from a bundle that `bundleWorld` made. */
export class SeedRunner {
  readonly #worker: Worker;

  constructor(bundle: string) {
    this.#worker = new Worker(bundle);
  }

  /** The reports of these seeds. */
  run(seeds: readonly number[]): Promise<readonly SimulationReport[]> {
    return new Promise((resolve, reject) => {
      this.#worker.once('error', reject);
      this.#worker.once('message', (reports: readonly SimulationReport[]) => {
        this.#worker.off('error', reject);
        resolve(reports);
      });
      // The rule means windows: a worker's port has no origin.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      this.#worker.postMessage({ seeds } satisfies SeedOrder);
    });
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Runs seeds in several threads; `onReport` is told each result, in any order, and may say that it is enough. */
export async function runSeeds(options: {
  readonly bundle: string;
  readonly seeds: readonly number[];
  readonly threads: number;
  /** How many seeds a thread is given at a time. Default 20. */
  readonly portion?: number;
  readonly onReport: (report: SimulationReport) => 'enough' | void;
}): Promise<void> {
  const { bundle, threads, portion = 20, onReport } = options;
  const waiting = [...options.seeds];
  const work = async () => {
    const runner = new SeedRunner(bundle);
    try {
      while (waiting.length > 0) {
        for (const report of await runner.run(waiting.splice(0, portion)))
          if (onReport(report) === 'enough') waiting.length = 0;
      }
    } finally {
      await runner.close();
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
}

/** `count` seeds from `from` on. */
export function seedsFrom(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** A failing seed as people read it, and how to see what it is about. */
export function describeFailure({ seed, violations }: SimulationReport): string {
  const lines = violations
    .slice(0, 5)
    .map(({ invariant, sagaId = '', what }) => `  ${invariant} ${sagaId}: ${what.slice(0, 400)}`);
  return [
    `seed ${seed}:`,
    ...lines,
    `  → npx tsx --conditions=source test/simulation/replay.ts ${seed}`,
  ].join('\n');
}
