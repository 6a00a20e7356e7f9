import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulationReport } from '../../src/testing/simulation/simulation-options.ts';
import { bundleWorld, type SourceEdit } from './bundle-world.ts';
import { mutations } from './mutations.ts';
import { runSeeds, seedsFrom } from './seed-runner.ts';

/** Within how many worlds a bug has to be found. */
const limit = 2_000;

describe('the simulation finds out', () => {
  let folder = '';
  const found: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mutations-'));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
    console.info(`mutation → seed that caught it, invariants\n${found.join('\n')}`);
  });

  for (const [index, { name, edits, caughtBy }] of mutations.entries()) {
    it.concurrent(`when ${name}`, { timeout: 300_000 }, async () => {
      const report = await firstFailure(join(folder, `${index}.mjs`), edits);
      expect(report, `not within ${limit} worlds`).toBeDefined();
      const invariants = [...new Set(report?.violations.map(({ invariant }) => invariant))];
      found.push(`  ${name} → ${report?.seed} (${invariants.join(', ')})`);
      expect(
        invariants.some((invariant) => caughtBy.includes(invariant)),
        `caught by ${invariants.join(', ')}`,
      ).toBe(true);
    });
  }

  it('nothing when an edit no longer fits the sources', async () => {
    const gone: SourceEdit = { file: 'runtime/lease.ts', find: 'this was never there', replace: '' };
    await expect(bundleWorld(join(folder, 'gone.mjs'), [gone])).rejects.toThrow(
      'src/runtime/lease.ts has this not: this was never there',
    );
    const twice: SourceEdit = { file: 'runtime/lease.ts', find: 'this.', replace: '' };
    await expect(bundleWorld(join(folder, 'twice.mjs'), [twice])).rejects.toThrow('more than once');
    const unused: SourceEdit = { file: 'http/app.ts', find: 'a', replace: 'b' };
    await expect(bundleWorld(join(folder, 'unused.mjs'), [unused])).rejects.toThrow(
      'nothing of the world imports src/http/app.ts',
    );
  });
});

async function firstFailure(
  outfile: string,
  edits: readonly SourceEdit[],
): Promise<SimulationReport | undefined> {
  const bundle = await bundleWorld(outfile, edits);
  let failure: SimulationReport | undefined;
  await runSeeds({
    bundle,
    threads: 1,
    portion: 5,
    seeds: seedsFrom(1, limit),
    onReport: (report) => {
      if (report.violations.length > 0) failure ??= report;
      return failure === undefined ? undefined : 'enough';
    },
  });
  return failure;
}
