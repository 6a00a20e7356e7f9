import type { Counterexample } from './counterexample.ts';
import type { Guarantee } from './effects.ts';

/** Where a generated test finds the saga. */
export interface FailingTestOptions {
  /** The name under which the module exports it; `default` for a default export. */
  readonly exportName: string;
  /** Its place, where the module exports an array. */
  readonly index?: number;
  /** What the test imports it from. */
  readonly module: string;
  readonly participants?: Readonly<Record<string, Guarantee>>;
  /** What the saga is started with; without it no input function is called. */
  readonly input?: unknown;
  /** Whether it has guards (`when`): they say what they said on the counterexample's way, whatever the input is. */
  readonly hasGuards?: boolean;
}

/** A counterexample as the text of a vitest test, which fails as long as the defect is there. There is none for a state out of reach. */
export function toFailingTest(
  { property, what, lines, skipped }: Pick<Counterexample, 'property' | 'what' | 'lines' | 'skipped'>,
  { exportName, index, module, participants, input, hasGuards = skipped.length > 0 }: FailingTestOptions,
): string {
  const skips = hasGuards ? skipped : undefined;
  const options = JSON.stringify({ input, participants, skips });
  const local = exportName === 'default' ? 'saga' : exportName;
  const imported = exportName === 'default' ? 'default as saga' : exportName;
  // What breaks other properties given finds by itself.
  const expected = property === 'timeouts' || property === 'ends' ? '{ hasAlarm: true }' : '';
  const saga = index === undefined ? local : `${local}[${index}]`;
  return [
    "import { given } from 'sagachart/testing';",
    "import { it } from 'vitest';",
    `import { ${imported} } from ${JSON.stringify(module)};`,
    '',
    `it(${JSON.stringify(`does not come to this: ${what}`)}, () => {`,
    `  given(${saga}${options === '{}' ? '' : `, ${options}`})`,
    '    .when(',
    ...lines.map(({ name }) => `      ${JSON.stringify(name)},`),
    '    )',
    `    .then(${expected});`,
    '});',
    '',
  ].join('\n');
}
