import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { programIn } from '../servers/programs.ts';

type Env = Readonly<Record<string, string>>;

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The demo as a process of its own. */
export interface DemoProcess {
  readonly url: string;
  /** Everything it said so far. */
  readonly output: () => string;
  /** Ends it and waits until it is gone; gives the exit code, `null` after a kill. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts the demo, and waits until it serves. */
export function startDemoProcess(env: Env): Promise<DemoProcess> {
  return start([process.execPath, programIn(inject('programs'), 'examples/order/demo.ts')], env);
}

/** Starts the demo by what `npm run demo` runs, from its sources. */
export function startDemoAsUsersDo(env: Env): Promise<DemoProcess> {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly demo: string };
  };
  const [tool = '', ...args] = scripts.demo.split(' ');
  return start([join(root, 'node_modules/.bin', tool), ...args], env);
}

async function start([command = '', ...args]: readonly string[], env: Env): Promise<DemoProcess> {
  const child = spawn(command, args, {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', SAGACHART_PORT: '0', SAGACHART_NATS_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: `tsx` runs the demo in a process below it, which a kill is to reach too.
    detached: true,
  });
  const end = (signal: NodeJS.Signals) =>
    signal === 'SIGKILL' && child.pid !== undefined ? process.kill(-child.pid, signal) : child.kill(signal);
  // A test run that dies must not leave it behind.
  const kill = () => end('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  const output = collect(child);
  return {
    url: await waitForUrl(child, output),
    output,
    stop: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        end(signal);
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
