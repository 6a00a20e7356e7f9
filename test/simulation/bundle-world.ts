import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** A change to a source file: `find` must be there exactly once, in whatever layout. */
export interface SourceEdit {
  /** Relative to `src/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The simulated world and all it tries, in one file that a worker can run; with `edits`, a broken one. Throws when the
 * source does not read as an edit expects: a mutation that changes nothing proves nothing.
 */
export async function bundleWorld(outfile: string, edits: readonly SourceEdit[] = []): Promise<string> {
  const used = new Set<SourceEdit>();
  await build({
    entryPoints: [join(root, 'test/simulation/seed-worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
    plugins: [editing(edits, used)],
  });
  const unused = edits.filter((edit) => !used.has(edit));
  if (unused.length > 0)
    throw new Error(`nothing of the world imports src/${unused.map(({ file }) => file).join(', src/')}`);
  return outfile;
}

function editing(edits: readonly SourceEdit[], used: Set<SourceEdit>): Plugin {
  return {
    name: 'edit',
    setup({ onLoad }) {
      if (edits.length === 0) return;
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
        const own = edits.filter(({ file }) => path === join(root, 'src', file));
        if (own.length === 0) return undefined;
        for (const edit of own) used.add(edit);
        return { contents: own.reduce(applied, await readFile(path, 'utf8')), loader: 'ts' };
      });
    },
  };
}

function applied(source: string, { file, find, replace }: SourceEdit): string {
  const [before, after, ...more] = source.split(anyLayout(find));
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`src/${file} has this ${more.length === 0 ? 'not' : 'more than once'}: ${find}`);
  return before + replace + after;
}

/** Finds the text however a formatter broke its lines. */
function anyLayout(text: string): RegExp {
  const words = text.trim().split(/\s+|(?<=[([{])|(?=[)\]}])/);
  const quoted = words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(quoted.join(String.raw`,?\s*`));
}
