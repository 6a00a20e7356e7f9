import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openPrograms } from '../servers/programs.ts';
import { type ChaosReport, runChaos } from './chaos.ts';
import { longPlan, shortPlan } from './plans.ts';

/** `npm run chaos -- --minutes N [--rate R] [--seed S] [--folder F] [--brisk]`: exits with 1 when anything is violated. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    rate: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now()) },
    folder: { type: 'string' },
    brisk: { type: 'boolean' },
  },
});

// Ending in order runs the `exit` handlers, which end every process that was started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    process.stdout.write(`ended by ${signal}; nothing was checked\n`);
    process.exit(130);
  });
}

const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'sagachart-chaos-'));
const say = (line: string) => process.stdout.write(`${line}\n`);
say(
  `chaos: seed ${values.seed}, ${values.minutes} minutes, ${values.rate} sagas a second; logs in ${folder}`,
);
const programs = openPrograms();
await programs.bundle();
const report = await runChaos({
  seed: values.seed,
  duration: Number(values.minutes) * 60_000,
  rate: Number(values.rate),
  leaseTtl: 3_000,
  plan: values.brisk === true ? shortPlan : longPlan,
  patience: 180_000,
  folder,
  programs: programs.folder,
  say,
});
print(report);
const violations = report.findings.reduce((sum, finding) => sum + finding.violations, 0);
say(`violations: ${violations}; seed ${values.seed}`);
process.exit(violations === 0 ? 0 : 1);

function print({ findings, sagas, counts, faults, takeovers }: ChaosReport): void {
  const section = (title: string, lines: Readonly<Record<string, number>>) => {
    say(`\n${title}`);
    for (const [name, count] of Object.entries(lines)) say(`  ${String(count).padStart(9)}  ${name}`);
  };
  section('sagas', sagas);
  section('counts', counts);
  section('faults', faults);
  say(`\ntakeovers, ms after the lease lapsed\n${JSON.stringify(takeovers, null, 2)}\n`);
  for (const { id, says, violations: count, samples } of findings) {
    say(`${count === 0 ? 'ok  ' : 'FAIL'} ${id.padEnd(5)} ${String(count).padStart(6)}  ${says}`);
    for (const sample of samples) say(`              ${sample}`);
  }
}
