import { readdirSync, readFileSync } from 'node:fs';

/** CPU time used so far, ms, by who used it. */
export interface CpuTimes {
  readonly orchestrator: number;
  readonly postgres: number;
  readonly nats: number;
  readonly participants: number;
}

/** What this process and the servers it started have used; from /proc, hence on Linux only (elsewhere 0). */
export function cpuTimes(): CpuTimes {
  const times = { orchestrator: ownCpu(process.pid), postgres: 0, nats: 0, participants: 0 };
  for (const pid of childrenOf(process.pid)) times[ownerOf(pid)] += treeCpu(pid);
  return times;
}

function ownerOf(pid: number): keyof CpuTimes {
  const command = read(`/proc/${pid}/comm`);
  if (command.startsWith('postgres')) return 'postgres';
  return command.startsWith('nats') ? 'nats' : 'participants';
}

function treeCpu(pid: number): number {
  return ownCpu(pid) + childrenOf(pid).reduce((sum, child) => sum + treeCpu(child), 0);
}

function childrenOf(pid: number): readonly number[] {
  try {
    const lists = readdirSync(`/proc/${pid}/task`).map((task) => read(`/proc/${pid}/task/${task}/children`));
    return lists.flatMap((list) =>
      list
        .split(' ')
        .filter((child) => child.trim() !== '')
        .map(Number),
    );
  } catch {
    return [];
  }
}

/** Fields 14 and 15 of /proc/pid/stat, in ticks of 10 ms. */
function ownCpu(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
