import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import postgres from 'postgres';

/** A PostgreSQL that tests may use; `url` may create databases. */
export interface PostgresServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What to do when no PostgreSQL was found. */
export const postgresHint =
  'no PostgreSQL found: set TEST_DATABASE_URL, or install the binaries (Debian: apt-get install postgresql)';

/** TEST_DATABASE_URL, else a private server from the installed binaries, else `undefined`. */
export async function startPostgres(
  options: { readonly isDurable?: boolean } = {},
): Promise<PostgresServer | undefined> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') return { url: given, close: () => Promise.resolve() };
  const binaries = findBinaries();
  return binaries === undefined ? undefined : startPrivateServer(binaries, options.isDurable === true);
}

/** A new empty database on the server; `drop` removes it, whoever is still connected. */
export async function createDatabase(
  serverUrl: string,
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `sagachart_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => asAdmin(serverUrl, `drop database if exists ${name} with (force)`) };
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await client.unsafe(statement);
  } finally {
    await client.end();
  }
}

function findBinaries(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...versions.map((version) => join(debian, version, 'bin')),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

async function startPrivateServer(binaries: string, isDurable: boolean): Promise<PostgresServer> {
  const user = unprivilegedUser();
  const folder = mkdtempSync(join(tmpdir(), 'sagachart-pg-'));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] as const };
  const initdb = [
    '-D',
    data,
    '-U',
    'sagachart',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
  await ended(spawn(join(binaries, 'initdb'), initdb, { ...options, stdio: ['ignore', 'ignore', 'pipe'] }));
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    `fsync=${isDurable ? 'on' : 'off'}`,
    'max_connections=100',
    'shared_buffers=64MB',
  ];
  const server = spawn(
    join(binaries, 'postgres'),
    ['-D', data, '-p', String(port), '-k', folder, ...settings.flatMap((setting) => ['-c', setting])],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  // For a run that ends without its teardown.
  const discard = () => {
    server.kill('SIGQUIT');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', discard);
  await ready(server);
  return {
    url: `postgres://sagachart@127.0.0.1:${port}/postgres`,
    close: async () => {
      const exit = once(server, 'exit');
      if (server.exitCode === null && server.kill('SIGINT')) await exit;
      process.off('exit', discard);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: then as `postgres`, or `nobody`. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  const idOf = (flag: string, name: string) =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: idOf('-u', name), gid: idOf('-g', name) };
    } catch {
      // There is no such user: try the next.
    }
  }
  return undefined;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function ended(child: ChildProcess): Promise<void> {
  const output = collect(child);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${child.spawnfile} ended with ${String(code)}: ${output()}`);
}

function ready(server: ChildProcess): Promise<void> {
  const output = collect(server);
  return new Promise((resolve, reject) => {
    server.stderr?.on('data', () => {
      if (output().includes('ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => {
      reject(new Error(`PostgreSQL ended: ${output()}`));
    });
  });
}

/** The first 10 kB of what the child says on stderr; the rest is read and dropped. */
function collect(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (text.length < 10_000) text += chunk.toString();
  });
  return () => text;
}
