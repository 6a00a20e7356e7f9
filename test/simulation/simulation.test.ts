import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulationFigures, SimulationReport } from '../../src/testing/simulation/simulation-options.ts';
import { bundleWorld } from './bundle-world.ts';
import { describeFailure, runSeeds, SeedRunner, seedsFrom } from './seed-runner.ts';

/** How many worlds, and the first of them; a long run takes others than CI does. */
const count = Number(process.env['SIMULATION_SEEDS'] ?? 5_000);
const first = Number(process.env['SIMULATION_FROM'] ?? 1);
const threads = Math.min(availableParallelism(), 8);
const root = fileURLToPath(new URL('../../', import.meta.url));

describe('the simulation of the real engine', () => {
  let folder = '';
  let bundle = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'simulation-'));
    bundle = await bundleWorld(join(folder, 'world.mjs'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('finds no more what it once found', async () => {
    const text = await readFile(new URL('../seeds/simulation.json', import.meta.url), 'utf8');
    const found = JSON.parse(text) as readonly { readonly seed: number; readonly bug: string }[];
    const failures: string[] = [];
    await runSeeds({
      bundle,
      threads,
      seeds: found.map(({ seed }) => seed),
      onReport: (report) => void failures.push(...failuresOf(report)),
    });
    expect(failures).toEqual([]);
  }, 120_000);

  it(`finds nothing in ${count} worlds`, async () => {
    const began = performance.now();
    const failures: string[] = [];
    const reports: SimulationReport[] = [];
    await runSeeds({
      bundle,
      threads,
      seeds: seedsFrom(first, count),
      onReport: (report) => {
        reports.push(report);
        failures.push(...failuresOf(report));
        return failures.length < 5 ? undefined : 'enough';
      },
    });
    const total = sum(reports.map(({ figures }) => figures));
    console.info(
      `${reports.length} worlds in ${Math.round((performance.now() - began) / 1000)} s: ${JSON.stringify({ ...total, duration: `${Math.round(total.duration / 3_600_000)} h` })}`,
    );
    expect(failures).toEqual([]);
    // A calm world would prove nothing.
    expect(total.kills).toBeGreaterThan(count);
    expect(total.stops).toBeGreaterThan(count / 5);
    expect(Math.min(total.completed, total.compensated)).toBeGreaterThan(count);
    // What a person had to skip is not held to the saga property: it must stay an exception.
    expect(total.overridden / total.sagas).toBeLessThan(0.02);
  }, 3_600_000);

  it('goes the same way for the same seed, in any thread', async () => {
    const seeds = seedsFrom(1, 20);
    const runners = [new SeedRunner(bundle), new SeedRunner(bundle)];
    const runs = await Promise.all(runners.map((runner) => runner.run([...seeds, ...seeds])));
    await Promise.all(runners.map((runner) => runner.close()));
    const [one = [], two = []] = runs.map((reports) =>
      reports.map(({ hash, figures }) => `${hash} ${figures.events}`),
    );
    expect(one.slice(20)).toEqual(one.slice(0, 20));
    expect(two).toEqual(one);
    expect(new Set(one).size).toBe(20);
  }, 120_000);

  it('goes the same way in another process, from the sources', async () => {
    const runner = new SeedRunner(bundle);
    const [report] = await runner.run([7]);
    await runner.close();
    const script = ['--import', 'tsx', '--conditions=source', 'test/simulation/replay.ts', '7'];
    const { stdout } = await promisify(execFile)(process.execPath, script, { cwd: root, maxBuffer: 2 ** 26 });
    expect(stdout).toContain(`hash ${report?.hash}`);
  }, 120_000);
});

function failuresOf(report: SimulationReport): readonly string[] {
  return report.violations.length === 0 ? [] : [describeFailure(report)];
}

function sum(all: readonly SimulationFigures[]): SimulationFigures {
  const [start, ...rest] = all;
  if (start === undefined) throw new Error('no world was simulated');
  return rest.reduce((total, figures) => {
    const entries = Object.entries(total).map(([name, value]) => [
      name,
      Number(value) + figures[name as keyof SimulationFigures],
    ]);
    return Object.fromEntries(entries) as SimulationFigures;
  }, start);
}
