import type { Counterexample } from './counterexample.ts';
import type { Guarantee } from './effects.ts';

/** Where a generated test finds the saga. */
export interface FailingTestOptions {
  /** The name under which the module exports it. */
  readonly exportName: string;
  /** What the test imports it from. */
  readonly module: string;
  readonly participants?: Readonly<Record<string, Guarantee>>;
  /** What the saga is started with; without it no input function is called. */
  readonly input?: unknown;
}

/** A counterexample as the text of a vitest test, which fails as long as the defect is there. */
export function toFailingTest(
  { what, lines }: Counterexample,
  { exportName, module, participants, input }: FailingTestOptions,
): string {
  const options = JSON.stringify({ input, participants });
  return [
    "import { given } from 'sagachart/testing';",
    "import { it } from 'vitest';",
    `import { ${exportName} } from ${JSON.stringify(module)};`,
    '',
    `it(${JSON.stringify(`does not come to this: ${what}`)}, () => {`,
    `  given(${exportName}${options === '{}' ? '' : `, ${options}`})`,
    '    .when(',
    ...lines.map(({ name }) => `      ${JSON.stringify(name)},`),
    '    )',
    '    .then();',
    '});',
    '',
  ].join('\n');
}
