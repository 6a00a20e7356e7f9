import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageUnavailableError } from '../core/errors.ts';

/** Lock files of this process: a lock that names our own process id but is not among them was left by a dead one. */
const held = new Set<string>();

/**
 * Makes this process the only one that uses `dataDir`, by the file `<dataDir>.lock`; the returned function lets go.
 * PGlite has no lock of its own: two processes on the same files destroy them.
 * Throws `StorageUnavailableError` when another process, or this one, uses it already.
 */
export function lockDataDir(dataDir: string): () => void {
  const path = `${dataDir}.lock`;
  mkdirSync(dirname(path), { recursive: true });
  for (let tries = 1; !create(path); tries += 1) {
    const holder = read(path);
    if (tries > 3 || (holder !== undefined && isAlive(path, holder))) throw inUse(dataDir, holder);
    if (holder !== undefined) bury(path, holder, dataDir);
  }
  held.add(path);
  return () => {
    if (held.delete(path)) rmSync(path, { force: true });
  };
}

function create(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid} ${birthOf(process.pid)}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Moves a dead process's lock away; when it was another one's by now, that one keeps it. */
function bury(path: string, holder: string, dataDir: string): void {
  const grave = `${path}.${process.pid}`;
  try {
    renameSync(path, grave);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  const moved = read(grave);
  if (moved !== holder) linkSync(grave, path);
  rmSync(grave, { force: true });
  if (moved !== holder) throw inUse(dataDir, moved);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isAlive(path: string, holder: string): boolean {
  const [id, birth = ''] = holder.split(' ');
  const pid = Number(id);
  if (pid === process.pid) return held.has(path);
  if (!isRunning(pid) || isZombie(pid)) return false;
  // Process ids are used again, in containers at once: then the time of birth differs, where it is known.
  return birth === '' || birthOf(pid) === birth;
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

/** Killed, but not yet taken note of by its parent (in a container perhaps never): it holds no files any more. */
function isZombie(pid: number): boolean {
  return ['Z', 'X'].includes(statOf(pid)[0] ?? '');
}

/** When a process was started, as Linux counts it; empty elsewhere. */
function birthOf(pid: number): string {
  return statOf(pid)[19] ?? '';
}

/** The fields of /proc/<pid>/stat from the state on; none where there is no such file. */
function statOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function inUse(dataDir: string, holder: string | undefined): StorageUnavailableError {
  const pid = holder?.split(' ')[0] ?? 'unknown';
  return new StorageUnavailableError(
    `${dataDir} is in use by process ${pid}: stop that one, give this one another directory, or use a PostgreSQL server for several processes`,
  );
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
