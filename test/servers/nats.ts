import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A private nats-server, on loopback. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  /** Ends it; with `SIGKILL`, as a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and starts it again on the same port. */
  restart(): Promise<void>;
}

/** What to tell people whose machine has no nats-server. */
export const NATS_HINT =
  'no nats-server found: install it (Debian: apt-get install nats-server; macOS: brew install nats-server) or set TEST_NATS_URL';

/** Path of the nats-server binary, or `undefined`. Debian puts it where an ordinary PATH does not look. */
export function findNatsServer(): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/local/bin',
  ];
  return folders.map((folder) => join(folder, 'nats-server')).find(isExecutable);
}

/**
 * Says, loudly, why tests against a real server are skipped; `undefined`: they are not. `own` are tests that need a
 * server of their own, to stop it or to be alone on it; `any` can share the one at `TEST_NATS_URL`.
 */
export function natsSkipReason(server: 'own' | 'any'): string | undefined {
  if (findNatsServer() !== undefined || (server === 'any' && process.env['TEST_NATS_URL'] !== undefined))
    return undefined;
  console.warn(`\n!!! tests on a real NATS server are skipped: ${NATS_HINT}\n`);
  return NATS_HINT;
}

/** The server to test against: the one at `TEST_NATS_URL`, else a private one. `stop` ends only what was started here. */
export async function natsForTests(): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const url = process.env['TEST_NATS_URL'];
  return url === undefined ? startNatsServer() : { url, stop: async () => undefined };
}

/** Starts a private nats-server; `port` 0, the default, is a free one. Throws when there is no binary. */
export async function startNatsServer(
  options: { readonly port?: number; readonly args?: readonly string[] } = {},
): Promise<NatsServer> {
  const args = options.args ?? [];
  let running = await launch(options.port ?? 0, args);
  const { port } = running;
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => end(running.process, signal);
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    stop,
    restart: async () => {
      await stop();
      running = await launch(port, args);
    },
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function launch(
  port: number,
  args: readonly string[],
): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  const binary = findNatsServer();
  if (binary === undefined) throw new Error(NATS_HINT);
  const child = spawn(binary, ['-a', '127.0.0.1', '-p', String(port === 0 ? -1 : port), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // A test run that dies must not leave servers behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return new Promise((resolve, reject) => {
    let log = '';
    let listening = 0;
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`nats-server ended at once: ${log}`)));
    child.stderr?.on('data', (data: Buffer) => {
      if (log.length < 100_000) log += data.toString();
      listening ||= Number(/Listening for client connections on [^\n]*:(\d+)/.exec(log)?.[1] ?? 0);
      if (listening > 0 && log.includes('Server is ready')) resolve({ process: child, port: listening });
    });
  });
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
