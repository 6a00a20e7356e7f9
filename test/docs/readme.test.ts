import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the README leaves to the reader, for each of its programs in turn. */
const preludes = [
  '',
  "import type postgres from 'postgres';\ndeclare const sql: postgres.Sql;\n",
  "import { order } from './program-0.ts';\n",
];

describe('the README', () => {
  it('has programs that compile against the package', async () => {
    const text = await readFile(join(root, 'README.md'), 'utf8');
    const programs = [...text.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code ?? '');
    expect(programs).toHaveLength(preludes.length);
    expect(await compile(programs.map((code, index) => (preludes[index] ?? '') + code))).toBe('');
  }, 60_000);
});

/** What the compiler has to say about these programs, as modules of this package. */
async function compile(programs: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(root, 'test/docs/readme-'));
  try {
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
