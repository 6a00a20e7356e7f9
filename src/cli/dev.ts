import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Config } from './config.ts';
import { type Watch, watchSources } from './dev-watch.ts';
import { CliError, type ExitReason } from './exit-code.ts';
import type { Io } from './io.ts';
import { serve } from './serve.ts';
import { stopSignal } from './stop-signal.ts';

/** What is tried out. */
export interface DevOptions {
  /** The module of sagas; one of the usual names when left out. */
  readonly module: string | undefined;
  /** The module of participants. */
  readonly participants: string | undefined;
  readonly config: Config;
  /** What was typed: a node is this command again, with `--no-watch`. */
  readonly argv: readonly string[];
}

/** Where sagas are looked for. */
const usual = ['sagas', 'src/sagas', 'saga', 'src/saga'].flatMap((name) =>
  ['ts', 'mts', 'js', 'mjs'].map((ending) => `${name}.${ending}`),
);

/** `sagachart dev --no-watch`: a node with its embedded parts, and the participants of a module. */
export function devNode(io: Io, { module, participants, config }: DevOptions): Promise<ExitReason> {
  // Its watcher is gone: nobody would end it.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  return serve(io, {
    modules: [moduleIn(io.cwd, module)],
    ...(participants === undefined ? {} : { participants }),
    config,
    isEmbedded: true,
    migrates: true,
    serves: 'api',
  });
}

/** `sagachart dev`: runs a node in a process of its own, and starts it again when a source file changes. */
export async function dev(io: Io, { module, participants, argv }: DevOptions): Promise<ExitReason> {
  const files = [moduleIn(io.cwd, module), ...(participants === undefined ? [] : [participants])];
  const folders = files.map((file) => dirname(resolve(io.cwd, file)));
  const stopped = stopSignal();
  for (;;) {
    const watch = watchSources(folders.filter((folder) => existsSync(folder)));
    try {
      const end = await runOnce(io, { argv, watch, stopped });
      if (end !== 'changed') return end;
      io.note('a file changed: starting again');
    } finally {
      watch.close();
    }
  }
}

interface Run {
  readonly argv: readonly string[];
  readonly watch: Watch;
  readonly stopped: Promise<NodeJS.Signals>;
}

/** A node's life: until a file changes, or a signal ends everything. One that ends by itself waits for a change. */
async function runOnce(io: Io, { argv, watch, stopped }: Run): Promise<ExitReason | 'changed'> {
  const child = startNode(argv);
  const ended = once(child, 'exit').then(() => 'ended' as const);
  const changed = watch.changed().then(() => 'changed' as const);
  const signalled = stopped.then(() => 'stopped' as const);
  const first = await Promise.race([ended, changed, signalled]);
  if (first === 'ended') {
    io.note('the node ended; it is started again when a file changes');
    return (await Promise.race([changed, signalled])) === 'changed' ? 'changed' : 'ok';
  }
  child.kill('SIGTERM');
  await ended;
  if (first === 'changed') return 'changed';
  // One that was only about to start has nothing to close yet.
  return child.exitCode === 0 || child.signalCode === 'SIGTERM' ? 'ok' : 'failed';
}

function startNode(argv: readonly string[]): ChildProcess {
  const main = process.argv[1] ?? '';
  return spawn(process.execPath, [...process.execArgv, main, ...argv, '--no-watch'], {
    // The channel tells the node when this process is gone.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

function moduleIn(cwd: string, module: string | undefined): string {
  const found = module ?? usual.find((name) => existsSync(resolve(cwd, name)));
  if (found !== undefined) return found;
  throw new CliError('usage', `there is no module of sagas in ${cwd}`, {
    advice: [
      'Name it: sagachart dev ./orders.ts. Without a name it is looked for in sagas.ts, src/sagas.ts and the like.',
    ],
  });
}
