import { readFileSync } from 'node:fs';

/** How often to look whether npm still lives; ms. */
const interval = 100;

/**
 * Calls `onGone` when the npm that runs this process is killed. A `kill -9` of npm does not reach what npm started:
 * that would go on, unseen, with the port and the data directory in its hands. Linux only; elsewhere nothing happens.
 */
export function watchNpm(onGone: () => void): void {
  const links = linksToNpm();
  if (links.length === 0) return;
  const timer = setInterval(() => {
    if (links.every(({ pid, parent }) => readProcess(pid)?.parent === parent)) return;
    clearInterval(timer);
    onGone();
  }, interval);
  timer.unref();
}

interface Link {
  readonly pid: number;
  readonly parent: number;
}

/** From this process up to npm, through the shell and tsx; empty when there is no npm. */
function linksToNpm(): readonly Link[] {
  const links: Link[] = [];
  for (let pid = process.pid; links.length < 5;) {
    const found = readProcess(pid);
    if (found === undefined) return [];
    if (found.name.startsWith('npm ')) return links;
    links.push({ pid, parent: found.parent });
    pid = found.parent;
  }
  return [];
}

/** What Linux tells about a process: `pid (name) state parent …`; the name may hold anything. */
function readProcess(pid: number): { readonly name: string; readonly parent: number } | undefined {
  try {
    const [, name = '', parent] =
      /^\d+ \((.*)\) \S+ (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { name, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
