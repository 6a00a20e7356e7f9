/**
 * The long run: every world with wide bounds, and every rule's removal, as a table. Arguments: words that the names must
 * contain, and the most states of one world (default 20 million; a state takes about 120 bytes).
 *
 *     npx tsx test/model/full.ts [word …] [maxStates]
 */
import { bases } from './bases.ts';
import { explore, type Findings } from './explore.ts';
import { toModel } from './model.ts';
import { removals, spares } from './removals.ts';
import type { Rules } from './rules.ts';
import type { Scenario } from './scenario.ts';
import { tell } from './tell.ts';

interface Run {
  readonly name: string;
  readonly scenario: Scenario;
  readonly rules: Partial<Rules>;
  readonly expected: Findings['verdict'];
}

const args = process.argv.slice(2);
const maxStates = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 20_000_000);
const words = args.filter((arg) => !/^\d+$/.test(arg));

const runs: readonly Run[] = [
  ...bases.map(({ name, scenario, without = {} }): Run => ({
    name,
    scenario,
    rules: without,
    expected: 'holds',
  })),
  ...bases.flatMap(({ name, wide, without = {} }): Run[] =>
    wide === undefined ? [] : [{ name: `wide: ${name}`, scenario: wide, rules: without, expected: 'holds' }],
  ),
  ...removals.map(({ name, scenario, given, without }): Run => ({
    name: `without ${name}`,
    scenario,
    rules: { ...given, ...without },
    expected: 'violated',
  })),
  ...spares.map(({ name, scenario, given, without }): Run => ({
    name: `without ${name}`,
    scenario,
    rules: { ...given, ...without },
    expected: 'holds',
  })),
];

console.log('| world | verdict | states | moves | seconds |\n|---|---|---:|---:|---:|');
for (const { name, scenario, rules, expected } of runs) {
  if (!words.every((word) => name.includes(word))) continue;
  const started = performance.now();
  const findings = explore(toModel(scenario, rules), { maxStates });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const count = (number: number) => number.toLocaleString('en');
  console.log(
    `| ${name} | ${findings.verdict} | ${count(findings.states)} | ${count(findings.transitions)} | ${seconds} |`,
  );
  if (findings.verdict === expected || findings.verdict === 'bounded') continue;
  process.exitCode = 1;
  console.log(`\nExpected: ${expected}. ${tell(findings)}\n`);
}
