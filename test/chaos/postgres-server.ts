import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.ts';

/** A private PostgreSQL with fsync on, which can be made to crash. On loopback. */
export class CrashablePostgres {
  readonly port: number;
  readonly #binaries: string;
  readonly #folder: string;
  readonly #user: { readonly uid: number; readonly gid: number } | undefined;
  #server: ChildProcess | undefined;

  private constructor(binaries: string, folder: string, port: number) {
    this.#binaries = binaries;
    this.#folder = folder;
    this.#user = unprivilegedUser();
    this.port = port;
  }

  /** Makes a database cluster and starts it. Throws where there are no binaries. */
  static async start(): Promise<CrashablePostgres> {
    const binaries = findPostgres();
    if (binaries === undefined) throw new Error('no PostgreSQL binaries found');
    const folder = mkdtempSync(join(tmpdir(), 'sagachart-chaos-pg-'));
    const server = new CrashablePostgres(binaries, folder, await freePort());
    if (server.#user !== undefined) chownSync(folder, server.#user.uid, server.#user.gid);
    const args = ['-D', join(folder, 'data'), '-U', 'sagachart', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
    const made = spawnSync(join(binaries, 'initdb'), args, {
      ...server.#user,
      cwd: folder,
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
    await server.launch();
    return server;
  }

  /** The URL of a database, straight or through a proxy's port. */
  url(database: string, port = this.port): string {
    return `postgres://sagachart@127.0.0.1:${port}/${database}`;
  }

  /** Starts it, after `crash`: it recovers from its log. */
  async launch(): Promise<void> {
    const settings = [
      'listen_addresses=127.0.0.1',
      'fsync=on',
      'max_connections=200',
      'shared_buffers=128MB',
      'log_min_messages=fatal',
    ];
    const args = ['-D', join(this.#folder, 'data'), '-p', String(this.port), '-k', this.#folder];
    const server = spawn(
      join(this.#binaries, 'postgres'),
      [...args, ...settings.flatMap((setting) => ['-c', setting])],
      {
        ...this.#user,
        cwd: this.#folder,
        stdio: ['ignore', 'ignore', 'ignore'],
      },
    );
    this.#server = server;
    // A process that dies must not leave it behind.
    const kill = () => {
      server.kill('SIGQUIT');
      try {
        rmSync(this.#folder, { recursive: true, force: true });
      } catch {
        // It still writes there; the other processes have to be ended all the same.
      }
    };
    process.once('exit', kill);
    server.once('exit', () => process.off('exit', kill));
    await this.#ready();
  }

  /** An immediate stop: nothing is written out, sessions are cut. */
  async crash(): Promise<void> {
    await this.#end('SIGQUIT');
  }

  /** Ends it and removes its data. */
  async close(): Promise<void> {
    await this.#end('SIGINT');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill(signal);
    await exit;
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + 60_000;
    const args = ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'sagachart', '-d', 'postgres', '-t', '1'];
    while (Date.now() < deadline) {
      const [code] = (await once(
        spawn(join(this.#binaries, 'pg_isready'), args, { stdio: 'ignore' }),
        'exit',
      )) as [number | null];
      if (code === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('PostgreSQL did not come up within a minute');
  }
}

/** The folder of PostgreSQL's programs, or `undefined`. Debian puts them where an ordinary PATH does not look. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...versions.map((version) => join(debian, version, 'bin')),
  ];
  return folders.find((folder) =>
    ['initdb', 'postgres', 'pg_isready'].every((file) => existsSync(join(folder, file))),
  );
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const idOf = (flag: string) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: idOf('-u'), gid: idOf('-g') };
    } catch {
      // There is no such user: try the next.
    }
  }
  return undefined;
}
