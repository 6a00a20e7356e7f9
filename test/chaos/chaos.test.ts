import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { natsSkipReason } from '../servers/nats.ts';
import { postgresHint } from '../servers/postgres.ts';
import { runChaos } from './chaos.ts';
import { shortPlan } from './plans.ts';
import { findPostgres } from './postgres-server.ts';

const missing = findPostgres() === undefined ? postgresHint : natsSkipReason('own');
if (missing === postgresHint) console.warn(`\n!!! chaos is skipped: ${missing}\n`);

test.skipIf(missing !== undefined)(
  `nothing is lost and nothing happens twice, whatever dies${missing === undefined ? '' : ` (${missing})`}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sagachart-chaos-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const seed = process.env['CHAOS_SEED'] ?? String(Date.now());
    console.info(`chaos: seed ${seed}; CHAOS_SEED chooses it`);
    const { findings, sagas, faults } = await runChaos({
      seed,
      duration: 20_000,
      rate: 10,
      leaseTtl: 2_000,
      plan: shortPlan,
      patience: 60_000,
      folder,
      programs: inject('programs'),
      say: () => undefined,
    });
    expect(findings.filter(({ violations }) => violations > 0)).toEqual([]);
    expect(sagas['completed'], 'no saga completed: nothing was tested').toBeGreaterThan(0);
    expect(sagas['compensated'], 'no saga was compensated').toBeGreaterThan(0);
    expect(Object.keys(faults)).toEqual(
      expect.arrayContaining([
        'node killed',
        'node stopped longer than its lease',
        'nats-server killed',
        'participant killed',
        'PostgreSQL crashed',
      ]),
    );
  },
  180_000,
);
