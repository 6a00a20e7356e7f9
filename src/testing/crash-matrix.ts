import type { Clock } from '../core/clock.ts';
import type { AnySagaDefinition } from '../core/definition.ts';
import type { SagaStore } from '../core/store.ts';
import type { CrashPoint } from './crash-points.ts';
import {
  type CrashCase,
  type CrashEnd,
  type CrashNode,
  type CrashPath,
  type CrashPorts,
  runCrashCase,
} from './crash-world.ts';

/** What a crash matrix is made of. */
export interface CrashMatrixOptions {
  /** Makes an engine: `createOrchestrator`. */
  readonly createNode: (ports: CrashPorts) => Promise<CrashNode>;
  readonly input?: unknown;
  /** Results of steps, where input functions or schemas need them. */
  readonly results?: Readonly<Record<string, unknown>>;
  /**
   * Makes a store with nothing in it, in the clock's time: `createVirtualStores` (`sagachart/embedded`) has PGlite's. In
   * memory when left out.
   */
  readonly createStore?: (clock: Clock) => Promise<SagaStore>;
  /** Paths to try besides the one on which everything goes well. Default: each command failing in each way. */
  readonly paths?: readonly CrashPath[];
}

/** A run in which something is wrong. */
export interface CrashViolation {
  readonly path: CrashPath;
  /** Where the node died; `undefined`: it did not. */
  readonly diedAt: CrashPoint | undefined;
  readonly index: number | undefined;
  readonly what: string;
}

/** What a crash matrix found. */
export interface CrashMatrixReport {
  readonly paths: number;
  readonly runs: number;
  /** How often nodes died at each kind of point. */
  readonly deaths: Readonly<Partial<Record<CrashPoint, number>>>;
  /** In which statuses the paths ended when nothing died. */
  readonly ends: Readonly<Record<string, number>>;
  readonly violations: readonly CrashViolation[];
}

/**
 * Runs a saga on the real engine, in memory (or on PGlite) and in virtual time, on every path; and again for every durable point of each
 * path, with the node killed there and another one going on. After each run the ledgers of all participants are held
 * against the properties of a saga, and the stored snapshot against its journal.
 */
export async function crashMatrix(
  saga: AnySagaDefinition,
  options: CrashMatrixOptions,
): Promise<CrashMatrixReport> {
  const { createNode, createStore, input = {}, results = {} } = options;
  const toCase = (path: CrashPath, crashAt: number | undefined): CrashCase => ({
    saga,
    createNode,
    createStore,
    input,
    results,
    path,
    crashAt,
  });
  const tally = new Tally();
  for (const path of options.paths ?? (await findPaths((found) => runCrashCase(toCase(found, undefined))))) {
    const calm = await runCrashCase(toCase(path, undefined));
    tally.addPath(path, calm);
    for (let crashAt = 1; crashAt <= calm.points; crashAt += 1)
      tally.addRun(path, crashAt, await runCrashCase(toCase(path, crashAt)));
  }
  return tally.report;
}

/** What may go wrong with each command that a saga sends, and with what it sends then, such as undos. */
async function findPaths(run: (path: CrashPath) => Promise<CrashEnd>): Promise<readonly CrashPath[]> {
  const paths: CrashPath[] = [{}];
  const known = new Set<string>();
  const ways = [
    { fault: 'refused' },
    { fault: 'fail' },
    { fault: 'dropReply' },
    { fault: 'dropReply', isForever: true },
    { fault: 'hold' },
    { fault: 'unreachable' },
    { fault: 'duplicate' },
  ] as const;
  for (const path of paths)
    for (const command of (await run(path)).sent) {
      if (known.has(command)) continue;
      known.add(command);
      paths.push(...ways.map((way) => ({ ...way, command })));
    }
  return paths;
}

class Tally {
  readonly #deaths: Partial<Record<CrashPoint, number>> = {};
  readonly #ends: Record<string, number> = {};
  readonly #violations: CrashViolation[] = [];
  #paths = 0;
  #runs = 0;

  addPath(path: CrashPath, end: CrashEnd): void {
    this.#paths += 1;
    this.#ends[end.status] = (this.#ends[end.status] ?? 0) + 1;
    this.addRun(path, undefined, end);
  }

  addRun(path: CrashPath, index: number | undefined, { diedAt, violations }: CrashEnd): void {
    this.#runs += 1;
    if (diedAt !== undefined) this.#deaths[diedAt] = (this.#deaths[diedAt] ?? 0) + 1;
    this.#violations.push(...violations.map((what) => ({ path, diedAt, index, what })));
  }

  get report(): CrashMatrixReport {
    return {
      paths: this.#paths,
      runs: this.#runs,
      deaths: this.#deaths,
      ends: this.#ends,
      violations: this.#violations,
    };
  }
}
