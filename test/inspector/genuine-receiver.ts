import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const workspace = fileURLToPath(new URL('./workspace', import.meta.url));

/** What the receiver understood of a message. */
export interface Understood {
  readonly type: string;
  readonly sessionId?: string;
  readonly id?: string;
  readonly kind?: string;
  readonly states?: readonly string[];
  readonly steps?: readonly string[];
  readonly value?: unknown;
  readonly done?: boolean;
  readonly event?: string;
  readonly message?: string;
}

/**
 * Puts `@xstate/inspect` 0.8 with its XState 4 into the workspace, where it is not there yet. Gives why not, where the
 * registry cannot be reached.
 */
export async function installWorkspace(): Promise<string | undefined> {
  if (existsSync(`${workspace}/node_modules/@xstate/inspect/package.json`)) return undefined;
  const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=1'];
  return promisify(execFile)('npm', npm, { cwd: workspace, timeout: 60_000 }).then(
    () => undefined,
    () => `@xstate/inspect cannot be installed; with a registry: npm ci --prefix ${workspace}`,
  );
}

/** The genuine receiver, connected to `url`, in a process with its own XState 4. */
export function openReceiver(url: string): { readonly understood: () => readonly Understood[] } {
  const child = spawn(process.execPath, ['receiver.mjs', url], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return {
    understood: () => {
      const lines = text.split('\n').slice(0, -1);
      return lines.map((line) => JSON.parse(line) as Understood);
    },
  };
}
