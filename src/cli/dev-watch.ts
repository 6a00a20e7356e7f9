import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { extname, join } from 'node:path';

/** What a module may be made of. */
const sources = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json']);

/** Editors write a file in several steps; ms. */
const settling = 100;

/** Folders that are looked at. */
export interface Watch {
  /** Resolves with the next change of a source file. */
  changed(): Promise<void>;
  close(): void;
}

/** Watches folders with everything in them, but for `node_modules` and hidden folders. A new folder is seen by the next watch. */
export function watchSources(folders: readonly string[]): Watch {
  let tell: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const onChange = (_event: string, name: string | null) => {
    if (name === null || !sources.has(extname(name))) return;
    clearTimeout(timer);
    timer = setTimeout(() => tell?.(), settling);
  };
  const watchers = [...new Set(folders.flatMap(foldersIn))].map((folder) => watchFolder(folder, onChange));
  return {
    changed: () =>
      new Promise((resolve) => {
        tell = resolve;
      }),
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function watchFolder(folder: string, onChange: (event: string, name: string | null) => void): FSWatcher {
  const watcher = watch(folder, onChange);
  // A folder that was deleted is not watched any more.
  watcher.on('error', () => watcher.close());
  return watcher;
}

function foldersIn(folder: string): readonly string[] {
  const inner = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
    .flatMap(({ name }) => foldersIn(join(folder, name)));
  return [folder, ...inner];
}
