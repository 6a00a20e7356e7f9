import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { defineSaga } from '../../src/core/definition.ts';
import { properties } from '../../src/proof/properties.ts';
import { proof } from '../../src/proof/proof.ts';
import { toReportText } from '../../src/proof/report-text.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const options = { timeout: '1h', defaults: { timeout: '2s', retry: { maximumAttempts: 3 } } } as const;

describe('docs/proving-sagas.md', () => {
  it('has programs that compile against the package, those after the mended saga with it', async () => {
    const programs = await programsOf('docs/proving-sagas.md');
    const sagas = programs.filter((code) => code.startsWith('// sagas.ts'));
    expect(sagas).toHaveLength(2);
    const others = programs.filter((code) => !sagas.includes(code));
    for (const saga of sagas) expect(await compile([saga, ...others])).toBe('');
  }, 120_000);

  it('shows what check says of the wrong saga, and that the mended one is sound', () => {
    const trip = (undo: 'office.cancel' | 'hotel.cancel') =>
      defineSaga('trip', options)
        .step('book', { action: 'hotel.book', compensation: undo })
        .step('pay', { action: 'bank.pay', compensation: 'bank.refund' })
        .waitFor('passport', { timeout: '1d' })
        .step('ticket', { kind: 'retriable', action: 'airline.issue' });
    const lines = toReportText(proof(trip('office.cancel')));
    for (const line of [
      'trip@1: NOT SOUND (310 states)',
      '  BROKEN  a saga that turned back leaves no effect behind',
      '  Counterexample 1: the effect of book is left behind',
      '     1. hotel.book does book, but its answer cannot be read.',
      '     2. office.cancel undoes book, and answers.',
      '     ⇒ compensated: the effect of book is left behind',
    ])
      expect(lines).toContain(line);
    expect(proof(trip('hotel.cancel'))).toMatchObject({ isSound: true, isComplete: true });
  });

  it('has every property', async () => {
    const text = await readFile(join(root, 'docs/proving-sagas.md'), 'utf8');
    for (const [name, words] of Object.entries(properties))
      expect(text).toContain(`| \`${name}\` | ${words} |`);
  });
});

async function programsOf(path: string): Promise<readonly string[]> {
  const text = await readFile(join(root, path), 'utf8');
  return [...text.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code ?? '');
}

/** What the compiler has to say about these programs; the first is `sagas.ts`. */
async function compile([sagas = '', ...programs]: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(root, 'test/docs/proving-'));
  try {
    await writeFile(join(folder, 'sagas.ts'), sagas);
    await Promise.all(programs.map((code, index) => writeFile(join(folder, `program-${index}.ts`), code)));
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../../tsconfig.json', include: ['*.ts'] }),
    );
    const tsc = join(root, 'node_modules/.bin/tsc');
    return await promisify(execFile)(tsc, ['-p', folder]).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
