import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The demo as a process of its own. */
export interface DemoProcess {
  readonly url: string;
  /** Everything it said so far. */
  readonly output: () => string;
  /** Ends it and waits until it is gone; gives the exit code, `null` after a kill. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `examples/order/demo.ts` as `npm run demo` does, and waits until it serves. */
export async function startDemoProcess(env: Readonly<Record<string, string>>): Promise<DemoProcess> {
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', 'examples/order/demo.ts'],
    {
      cwd: root,
      env: { PATH: process.env['PATH'] ?? '', SAGACHART_PORT: '0', SAGACHART_NATS_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  // A test run that dies must not leave it behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  const output = collect(child);
  return {
    url: await waitForUrl(child, output),
    output,
    stop: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill(signal);
        await exit;
      }
      return child.exitCode;
    },
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  const add = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text;
}

function waitForUrl(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the demo ended: ${output()}`)));
    child.stdout?.on('data', () => {
      const url = /API +(http:\S+)/.exec(output())?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}
