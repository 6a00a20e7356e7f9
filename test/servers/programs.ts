import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const packages = join(root, 'node_modules');

/** What tests start as processes, and the modules of sagas that such processes load. */
const sources = [
  'examples/order/demo.ts',
  'src/cli/main.ts',
  'test/chaos/participant.ts',
  'test/chaos/sagas.ts',
  'test/cli/doomed-sagas.ts',
  'test/cli/shop-sagas.ts',
  'test/crash/matrix-child.ts',
  'test/embedded/killed-writer.ts',
] as const;

/** A source file that is there as a program too. */
export type ProgramSource = (typeof sources)[number];

/** The file that plain Node runs, in the folder of `Programs`. */
export function programIn(folder: string, source: ProgramSource): string {
  return join(folder, `${nameOf(source)}.mjs`);
}

/** Programs of a run, in a folder of its own. */
export interface Programs {
  /** For `programIn`. */
  readonly folder: string;
  /**
   * Compiles all programs, so that no process has to: it starts in a third of the time. They share their chunks: a module
   * of sagas and the program that loads it know the same classes. Packages stay as they are installed. Rejects when a
   * source cannot be compiled; then there are no programs, not even older ones.
   */
  bundle(): Promise<void>;
  /** Removes the folder; a process that ends without it does so as well. */
  remove(): void;
}

/** A new folder, still empty: two levels below the root, as `src/<room>/` is, whence programs find what lies beside them. */
export function openPrograms(): Programs {
  removeForgotten();
  const folder = mkdtempSync(join(packages, `.programs-${process.pid}-`));
  const empty = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', empty);
  return {
    folder,
    bundle: async () => {
      empty();
      await bundle(folder);
    },
    remove: () => {
      process.off('exit', empty);
      empty();
    },
  };
}

/** What processes left behind that were killed. */
function removeForgotten(): void {
  for (const name of readdirSync(packages)) {
    const pid = /^\.programs-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(packages, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's, which nobody may signal.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function bundle(folder: string): Promise<void> {
  await build({
    entryPoints: Object.fromEntries(sources.map((source) => [nameOf(source), join(root, source)])),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    alias: ownNames(),
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
}

/** Flat, whatever the path: code that looks for files beside it may land in the program itself. */
function nameOf(source: ProgramSource): string {
  return source.replace(/\.ts$/, '').replaceAll('/', '-');
}

/** `sagachart` and its subpaths, as its package.json exports them: their sources. */
function ownNames(): Readonly<Record<string, string>> {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, string | { readonly source: string }>>;
  };
  return Object.fromEntries(
    Object.entries(exports).flatMap(([subpath, to]) =>
      typeof to === 'string' ? [] : [[`${name}${subpath.slice(1)}`, join(root, to.source)]],
    ),
  );
}
