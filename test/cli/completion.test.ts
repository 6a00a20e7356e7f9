import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from './in-process.ts';

/** What bash offers for a line, its last word being completed. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { out } = await run(['completion', 'bash']);
  const script = `${out.join('\n')}\nCOMP_WORDS=(sagachart ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _sagachart; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
}

test('bash offers commands, options and choices', async () => {
  expect(await offered('re')).toEqual(['retry', 'resolve', 'resume', 'republish']);
  expect(await offered('ls', '--stat')).toEqual(['--status']);
  expect(await offered('--no-color', 'ls', '--l')).toEqual(['--limit']);
  expect(await offered('resolve', 'id', 'aban')).toEqual(['abandoned']);
  expect(await offered('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  expect(await offered('nothing', '')).toEqual(['']);
});

test.each(['zsh', 'fish'])('%s is given every command', async (shell) => {
  const { code, out } = await run(['completion', shell]);
  expect(code).toBe(0);
  for (const command of ['serve', 'start', 'verify-participant', 'completion'])
    expect(out.join('\n')).toContain(command);
  const folder = mkdtempSync(join(tmpdir(), 'sagachart-completion-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'script'), out.join('\n'));
  const checked = spawnSync(shell, ['-n', join(folder, 'script')]);
  // Where the shell is installed, it must understand the script.
  if (checked.error === undefined) expect(checked.status).toBe(0);
});

test('another shell is refused', async () => {
  expect(await run(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    notes: expect.stringContaining('bash, zsh, fish'),
  });
});
