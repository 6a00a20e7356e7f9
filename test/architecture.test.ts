import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** What the house forbids and the linter has no rule for. Everything else is in .oxlintrc.json. */
interface Ban {
  readonly rule: string;
  readonly files: RegExp;
  readonly pattern: RegExp;
  /** A line that the pattern must catch, and one that it must let pass. */
  readonly caught: string;
  readonly spared: string;
}

const bans: readonly Ban[] = [
  {
    rule: 'an entry lists its names one by one',
    files: /^src\//,
    pattern: /^export (?:type )?\*/m,
    caught: "export * from './store.ts';",
    spared: "export { type SagaStore } from './store.ts';",
  },
  {
    rule: 'a choice is a union of string literals, not an enum',
    files: /^(?:src|test|examples|bench)\//,
    pattern: /\benum\s+\w+\s*\{/,
    caught: 'export const enum Op { Do, Undo }',
    spared: "const column = pgEnum('op', ['do', 'undo']);",
  },
  {
    rule: 'core does not ask what time it is',
    files: /^src\/core\//,
    pattern: /\bnew Date(?:\(\s*\)|(?![\w(]))|(?<!new |\w)Date\(/,
    caught: 'const now = new Date();',
    spared: 'const shown = new Date(at).toISOString();',
  },
  {
    rule: 'what a class hides is a #field',
    files: /^src\//,
    pattern: /^\s*(?:private|protected)\s(?!constructor\b)/m,
    caught: '  private readonly pool: Pool;',
    spared: '  readonly #pool: Pool;',
  },
  {
    rule: 'only errors inherit',
    files: /^src\//,
    pattern: /\bclass \w+(?:<[^{]*>)? extends (?!\w*Error\b)/,
    caught: 'export class PostgresStore extends BaseStore {',
    spared: 'export class ConflictError extends SagaError {',
  },
  {
    rule: 'a name says what it is: no I-, -Impl or -Manager',
    files: /^src\//,
    pattern: /\b(?:class|interface|type) (?:I[A-Z][a-z]\w*|\w+(?:Impl|Manager))\b/,
    caught: 'export interface IStore {',
    spared: 'export interface InboxStore {',
  },
];

const root = new URL('../', import.meta.url);
const files = ['src', 'test', 'examples', 'bench']
  .filter((folder) => existsSync(new URL(folder, root)))
  .flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
      .map((name) => `${folder}/${name}`),
  );

describe('the house', () => {
  for (const ban of bans) {
    it(ban.rule, () => {
      expect(ban.caught).toMatch(ban.pattern);
      expect(ban.spared).not.toMatch(ban.pattern);
      const guarded = files.filter((file) => ban.files.test(file) && !isThisFile(file));
      expect(guarded.filter((file) => ban.pattern.test(codeOf(file)))).toEqual([]);
    });
  }

  it('names a file after its idea, not after its kind', () => {
    const vague = /\/(?:types|utils|helpers|common|interfaces)(?:\.test)?\.ts$/;
    expect('src/core/types.ts').toMatch(vague);
    expect(files.filter((file) => vague.test(file))).toEqual([]);
  });

  it('has an index only where the package has an entry', () => {
    const entry = /^src\/(?:[a-z]+\/)?index\.ts$/;
    expect('src/core/machine/index.ts').not.toMatch(entry);
    expect(files.filter((file) => file.endsWith('/index.ts') && !entry.test(file))).toEqual([]);
  });

  it('publishes every entry', () => {
    const published = JSON.stringify(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).exports);
    const entries = files.filter((file) => /^src\/.*\/?index\.ts$/.test(file));
    expect(entries.filter((file) => !published.includes(`"./${file}"`))).toEqual([]);
  });

  it('says of every exported name what it is for', () => {
    expect(undocumented('/** Adds. */\nexport function add() {}\n')).toEqual([]);
    expect(undocumented('export function add() {}\n')).toEqual(['export function add() {}']);
    const silent = files
      .filter((file) => file.startsWith('src/'))
      .flatMap((file) => undocumented(textOf(file)).map((line) => `${file}: ${line}`));
    expect(silent).toEqual([]);
  });

  it('changes a rule that does not fit instead of exempting a file from it', () => {
    const exemption = /\b(?:ox|es)lint-disable(?!-next-line)|@ts-nocheck/;
    expect('/* oxlint-disable no-console */').toMatch(exemption);
    expect('// oxlint-disable-next-line no-console').not.toMatch(exemption);
    expect(files.filter((file) => !isThisFile(file) && exemption.test(textOf(file)))).toEqual([]);
  });
});

/** Exported declarations without a docstring above; later overloads of one function share the first one's. */
function undocumented(text: string): readonly string[] {
  const documented = new Set<string>();
  let above = '';
  return text.split('\n').filter((line) => {
    const before = above;
    // A why-comment may stand between the docstring and what it is about.
    if (!line.startsWith('//')) above = line;
    const name = declaration.exec(line)?.[1];
    if (name === undefined || documented.has(name)) return false;
    documented.add(name);
    return !before.endsWith('*/');
  });
}

const declaration =
  /^export (?:abstract |async |declare )*(?:function\*?|class|interface|type|const|let) (\w+)/;

/** A file without its comments, which may well name what the code must not do. */
function codeOf(file: string): string {
  return textOf(file)
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}

function textOf(file: string): string {
  return readFileSync(new URL(file, root), 'utf8');
}

/** This file quotes what it forbids. */
function isThisFile(file: string): boolean {
  return file === 'test/architecture.test.ts';
}
