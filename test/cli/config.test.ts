import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/cli/config.ts';
import { settingList } from '../../src/cli/settings.ts';
import { DEFAULT_PREFIX } from '../../src/nats/wire.ts';
import { defaultLimits } from '../../src/runtime/orchestrator-options.ts';
import { run } from './in-process.ts';

type Env = Readonly<Record<string, string>>;

/** A directory with a configuration file. */
function folderWith(yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sagachart-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'sagachart.yaml'), yaml);
  return folder;
}

function settingsOf(yaml: string, env: Env = {}) {
  return readConfig({ env, cwd: folderWith(yaml) }).settings;
}

describe('settings', () => {
  test('come from the environment before the file, and from the file before the defaults', () => {
    const yaml = 'http:\n  port: 1111\n  host: file.example\nlimits:\n  leaseTtl: 30s\n';
    const { settings, sources } = readConfig({ env: { SAGACHART_PORT: '2222' }, cwd: folderWith(yaml) });
    expect(settings.http).toMatchObject({ port: 2222, host: 'file.example', maxBodyBytes: 262_144 });
    expect(settings.limits).toEqual({ ...defaultLimits, leaseTtl: 30_000 });
    expect(sources.get('http.port')).toBe('environment (SAGACHART_PORT)');
    expect(sources.get('http.host')).toMatch(/sagachart\.yaml$/);
    expect(sources.has('http.maxBodyBytes')).toBe(false);
  });

  test('come from the command line before the environment', () => {
    const flags = { 'http.port': '3333', 'http.host': undefined };
    const { settings } = readConfig({
      env: { SAGACHART_PORT: '2222', SAGACHART_HOST: 'h' },
      cwd: '/nonexistent',
      flags,
    });
    expect(settings.http).toMatchObject({ port: 3333, host: 'h' });
  });

  test('have the defaults of the rooms they are for', () => {
    const { settings } = readConfig({ env: {}, cwd: '/nonexistent' });
    expect(settings.limits).toEqual(defaultLimits);
    expect(settings.nats.prefix).toBe(DEFAULT_PREFIX);
    expect(settings.database).toEqual({ url: undefined, connections: 6, statementTimeout: 10_000 });
  });

  test('of what is published name events that there are, and when sagas are deleted', () => {
    const settings = settingsOf(
      'events:\n  types: [saga.completed, saga.failed]\nretention:\n  after: 30d\n',
    );
    expect(settings.events).toMatchObject({
      publish: 'on',
      types: 'saga.completed,saga.failed',
      stream: 'auto',
    });
    expect(settings.retention).toEqual({ after: 2_592_000_000, interval: 600_000, batch: 200 });
    expect(() => settingsOf('events:\n  types: saga.complete\n')).toThrow('use some of saga.started,');
  });

  test('each have a variable of their own', () => {
    const names = settingList.map(({ env }) => env);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('DATABASE_URL');
    expect(names.every((name) => /^(?:DATABASE_URL|NATS_URL|SAGACHART_[A-Z_]+)$/.test(name))).toBe(true);
  });

  test('take spans of time and sizes with units', () => {
    const settings = settingsOf('shutdown:\n  timeout: 2m\nlimits:\n  claimInterval: 100\n', {
      SAGACHART_LEASE_TTL: '1.5s',
      SAGACHART_MAX_BODY_BYTES: '1MiB',
    });
    expect(settings.shutdown.timeout).toBe(120_000);
    expect(settings.limits).toMatchObject({ claimInterval: 100, leaseTtl: 1_500 });
    expect(settings.http.maxBodyBytes).toBe(1_048_576);
  });

  test.each(['', 'http:\n', 'http:\n  port:\n', '# nothing\n'])(
    'that are left empty are not set: %j',
    (yaml) => {
      expect(settingsOf(yaml, { SAGACHART_PORT: ' ' }).http.port).toBe(7411);
    },
  );

  test('ignore what Kubernetes tells of a service of that name', () => {
    const env = {
      SAGACHART_PORT: 'tcp://10.0.0.1:7411',
      SAGACHART_SERVICE_HOST: '10.0.0.1',
      SAGACHART_SERVICE_PORT_HTTP: '7411',
      SAGACHART_PORT_7411_TCP_ADDR: '10.0.0.1',
    };
    expect(settingsOf('', env).http.port).toBe(7411);
  });
});

describe('a configuration that is not valid', () => {
  const problems = async (yaml: string, env: Env = {}) => {
    const { code, out, notes } = await run(['config'], { cwd: folderWith(yaml), env });
    expect(code).toBe(2);
    expect(out).toEqual([]);
    return notes;
  };

  test('is refused for a key that does not exist, naming the one that was meant', async () => {
    expect(await problems('database:\n  conections: 5\n')).toContain(
      "'database.conections'; did you mean 'database.connections'?",
    );
    expect(await problems('databse:\n  url: x\n')).toContain("'databse'; did you mean 'database'?");
    expect(await problems('port: 1\n')).toContain("did you mean 'http.port'?");
    expect(await problems('', { SAGACHART_LEASE_TLL: '3s' })).toContain(
      "SAGACHART_LEASE_TLL: there is no such setting; did you mean 'SAGACHART_LEASE_TTL'?",
    );
  });

  test('is told all at once', async () => {
    const notes = await problems('http:\n  port: 70000\nlog:\n  level: loud\nnope: 1\n', {
      SAGACHART_MAX_BATCH: 'many',
      SAGACHART_LEASE_TTL: '-3s',
    });
    for (const name of ['http.port', 'log.level', "'nope'", 'SAGACHART_MAX_BATCH', 'SAGACHART_LEASE_TTL'])
      expect(notes).toContain(name);
    expect(notes).toContain('(it is "many")');
  });

  test.each([
    ['not a mapping', '- a\n- b\n'],
    ['a section that is no mapping', 'http: 5\n'],
    ['broken YAML', 'http: [1\n'],
    ['a key twice', 'http:\n  port: 1\n  port: 2\n'],
    ['a prototype', '__proto__:\n  port: 1\n'],
    ['a list for a value', 'http:\n  port: [1]\n'],
    ['many aliases', 'a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n'],
    ['bytes that are no text', '\u0000\u0001\n'],
  ])('is refused: %s', async (_name, yaml) => {
    expect(await problems(yaml)).toContain('sagachart.yaml: ');
  });

  test('never quotes a URL, which may hold a password', async () => {
    const notes = await problems('', {
      DATABASE_URL: 'postgres://u:hunter2/x@h',
      NATS_URL: 'http://hunter2@h',
      SAGACHART_URL: 'ftp://u:hunter2@h',
    });
    for (const name of ['DATABASE_URL', 'NATS_URL', 'SAGACHART_URL']) expect(notes).toContain(name);
    expect(notes).not.toContain('hunter2');
  });

  test('is refused when the file that was named is not there', async () => {
    const { code, notes } = await run(['config', '--config', 'no.yaml']);
    expect({ code, notes }).toMatchObject({ code: 2, notes: expect.stringContaining('no.yaml') });
    expect((await run(['config'], { env: { SAGACHART_CONFIG: 'no.yaml' } })).code).toBe(2);
  });
});

describe('sagachart config', () => {
  test('prints every setting, its value and where it came from, with secrets hidden', async () => {
    const env = {
      DATABASE_URL: 'postgres://app:hunter2@db:5432/app?password=hunter2',
      NATS_URL: 'nats://hunter2@a:4222,nats://u:hunter2@b',
    };
    const { code, out } = await run(['config', '--json'], { cwd: folderWith('log:\n  level: warn\n'), env });
    const rows = Object.fromEntries(
      out.map((line) => JSON.parse(line) as { name: string }).map((row) => [row.name, row]),
    );
    expect(code).toBe(0);
    expect(Object.keys(rows)).toHaveLength(settingList.length);
    expect(rows['database.url']).toMatchObject({
      value: 'postgres://app:***@db:5432/app?password=***',
      source: 'environment (DATABASE_URL)',
    });
    expect(rows['nats.url']).toMatchObject({ value: 'nats://***@a:4222,nats://u:***@b' });
    expect(rows['limits.leaseTtl']).toMatchObject({ value: '10s', source: 'default' });
    expect(rows['log.level']).toMatchObject({
      value: 'warn',
      source: expect.stringContaining('sagachart.yaml'),
    });
    expect(JSON.stringify(rows)).not.toContain('hunter2');
  });

  test('prints a table for people', async () => {
    const { out } = await run(['config'], { env: { SAGACHART_PORT: '80' } });
    expect(out[0]).toMatch(/^SETTING +VALUE +FROM +VARIABLE$/);
    expect(out.find((line) => line.startsWith('http.port'))).toMatch(
      /^http\.port +80 +environment \(SAGACHART_PORT\) +SAGACHART_PORT$/,
    );
  });
});
