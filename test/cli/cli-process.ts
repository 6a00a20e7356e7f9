import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { programIn } from '../servers/programs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The module of sagas that nodes are started with, for a process. */
export const sagasProgram = programIn(inject('programs'), 'test/cli/shop-sagas.ts');

/** Settings of a process, as its environment. */
export type Env = Readonly<Record<string, string>>;

/** A command that ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that goes on. */
export interface CliProcess {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits until stdout matches, and gives the first group. Throws when the process ends before. */
  until(pattern: RegExp): Promise<string>;
  /** Sends a signal and waits for the end; gives the exit status, `null` after a kill. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
  /** Waits for the end. */
  ended(): Promise<Ended>;
}

/** Runs `sagachart` as a process of its own. */
export function startCli(args: readonly string[], env: Env = {}): CliProcess {
  return start([programIn(inject('programs'), 'src/cli/main.ts'), ...args], { env, cwd: root });
}

/** Runs `sagachart` from its sources, as a process that can load TypeScript: with `tsx`, as whoever develops sagas does. */
export function startCliWithTsx(
  args: readonly string[],
  world: { readonly env: Env; readonly cwd: string },
): CliProcess {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const loader = import.meta.resolve('tsx');
  return start(['--conditions=source', '--import', loader, main, ...args], world);
}

function start(
  argv: readonly string[],
  { env, cwd }: { readonly env: Env; readonly cwd: string },
): CliProcess {
  const child = spawn(process.execPath, argv, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A test run that dies must not leave it behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const closed = once(child, 'close');
  child.once('exit', () => process.off('exit', kill));
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const ended = async () => {
    await closed;
    return { code: child.exitCode, stdout: stdout(), stderr: stderr() };
  };
  return {
    child,
    stdout,
    stderr,
    ended,
    until: (pattern) => waitFor(child, { pattern, stdout, stderr }),
    stop: async (signal) => {
      child.kill(signal);
      return (await ended()).code;
    },
  };
}

/** Runs `sagachart` to its end. */
export async function runProcess(args: readonly string[], env: Env = {}, stdin = ''): Promise<Ended> {
  const running = startCli(args, env);
  running.child.stdin?.end(stdin);
  return running.ended();
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
}

interface Output {
  readonly pattern: RegExp;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

function waitFor(child: ChildProcess, { pattern, stdout, stderr }: Output): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = pattern.exec(stdout());
      if (found !== null) resolve(found[1] ?? found[0]);
    };
    child.stdout?.on('data', look);
    child.once('close', () => reject(new Error(`the command ended: ${stdout()}${stderr()}`)));
    look();
  });
}
