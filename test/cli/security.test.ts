import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/cli/config.ts';
import { CliError } from '../../src/cli/exit-code.ts';
import { listen } from '../../src/cli/listen.ts';
import { toApiSecurity, toPayloadCodec } from '../../src/cli/security.ts';
import { createGuardedWorld, sha256 } from '../http/auth-world.ts';
import { parsed } from './api-world.ts';
import { type Env, runProcess, sagasProgram, startCli } from './cli-process.ts';
import { run } from './in-process.ts';

const settingsOf = (env: Env) => readConfig({ env, cwd: '/nonexistent' }).settings;
const hash = 'a'.repeat(64);

/** A directory of a test's own, with files in it. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sagachart-security-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('sagachart token', () => {
  test('prints a token, and the line that lets in nobody but its owner', async () => {
    const { code, out } = await run(['token', '--name', 'ci', '--role', 'admin', '--tenants', 'a,b']);
    const [token = '', line = ''] = out;
    expect(code).toBe(0);
    expect(token).toMatch(/^sagachart_[\w-]{43}$/);
    expect(line).toBe(`ci admin a,b ${sha256(token)}`);
    expect(toApiSecurity(settingsOf({ SAGACHART_AUTH_TOKENS: line })).auth?.tokens).toEqual([
      { subject: 'ci', role: 'admin', tenants: ['a', 'b'], sha256: sha256(token) },
    ]);
    const [json] = (await run(['token', '--json'])).out.map((text) => JSON.parse(text) as object);
    expect(json).toMatchObject({ line: expect.stringMatching(/^operator operator default [0-9a-f]{64}$/) });
  });

  test('makes no token for what is no role, name or tenant', async () => {
    for (const args of [
      ['--role', 'root'],
      ['--name', 'a b'],
      ['--tenants', '../a'],
      ['--tenants', '*,a'],
    ])
      expect([args, (await run(['token', ...args])).code]).toEqual([args, 2]);
  });
});

describe('a node', () => {
  test.each(['0.0.0.0', '::', '192.168.0.7', 'node.example', '127.0.0.1.example'])(
    'does not listen at %s when it asks nobody who they are',
    (SAGACHART_HOST) => {
      expect(() => toApiSecurity(settingsOf({ SAGACHART_HOST }))).toThrow('ask nobody who they are');
      const env = { SAGACHART_HOST, SAGACHART_AUTH_TOKENS: `ci viewer * ${hash}` };
      expect(toApiSecurity(settingsOf(env)).auth?.tokens).toHaveLength(1);
    },
  );

  test.each(['127.0.0.1', 'localhost', '::1', '127.0.0.2'])('may listen at %s without', (SAGACHART_HOST) => {
    expect(toApiSecurity(settingsOf({ SAGACHART_HOST })).auth).toBeUndefined();
  });

  test('ends before it opens anything when it would be open to the network', async () => {
    const args = ['serve', sagasProgram, '--host', '0.0.0.0', '--port', '0'];
    const unreachable = { DATABASE_URL: 'postgres://h:1/db', NATS_URL: 'nats://h:1' };
    const { code, stdout, stderr } = await runProcess(args, unreachable);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('would listen at 0.0.0.0 and ask nobody who they are');
    expect(stderr).toContain('SAGACHART_AUTH_TOKENS');
  });

  test.each([
    ['a token instead of its hash', { SAGACHART_AUTH_TOKENS: 'ci admin * SECRET-token' }],
    ['a role that is none', { SAGACHART_AUTH_TOKENS: `ci root * ${hash}` }],
    ['a tenant that is none', { SAGACHART_AUTH_TOKENS: `ci admin a/b ${hash}` }],
    ['nobody at all', { SAGACHART_AUTH_TOKENS: '# nobody' }],
    ['a file that is not there', { SAGACHART_AUTH_TOKENS_FILE: '/nonexistent/tokens' }],
    ['an issuer without audience', { SAGACHART_AUTH_JWT_ISSUER: 'https://id' }],
    [
      'an issuer without keys',
      { SAGACHART_AUTH_JWT_ISSUER: 'https://id', SAGACHART_AUTH_JWT_AUDIENCE: 'sagachart' },
    ],
    [
      'shared secrets',
      {
        SAGACHART_AUTH_JWT_ISSUER: 'https://id',
        SAGACHART_AUTH_JWT_AUDIENCE: 'sagachart',
        SAGACHART_AUTH_JWT_JWKS_URL: 'https://id/keys',
        SAGACHART_AUTH_JWT_ALGORITHMS: 'RS256,HS256',
      },
    ],
    [
      'keys that come in the clear',
      {
        SAGACHART_AUTH_JWT_ISSUER: 'https://id',
        SAGACHART_AUTH_JWT_AUDIENCE: 'sagachart',
        SAGACHART_AUTH_JWT_JWKS_URL: 'http://id/keys',
      },
    ],
    ['a rule that is none', { SAGACHART_PAYLOAD_REDACT: 'a..b' }],
  ])('does not start with %s', (_what, env) => {
    expect(() => toApiSecurity(settingsOf(env))).toThrow(CliError);
    expect(() => toApiSecurity(settingsOf(env))).not.toThrow('SECRET');
  });

  test('reads tokens and keys from files', () => {
    const [a, b] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    const folder = folderWith({
      tokens: `# who may\nci viewer * ${hash}\n\nops admin a,b ${hash}\n`,
      keys: `${a}\n${b}\n`,
    });
    const env = {
      SAGACHART_AUTH_TOKENS_FILE: join(folder, 'tokens'),
      SAGACHART_PAYLOAD_KEYS_FILE: join(folder, 'keys'),
    };
    expect(toApiSecurity(settingsOf(env)).auth?.tokens?.map(({ subject }) => subject)).toEqual(['ci', 'ops']);
    expect(toPayloadCodec(settingsOf(env))).toBeDefined();
    expect(() => toPayloadCodec(settingsOf({ SAGACHART_PAYLOAD_KEYS: 'SECRET' }))).toThrow(CliError);
    expect(() => toPayloadCodec(settingsOf({ SAGACHART_PAYLOAD_KEYS: 'SECRET' }))).not.toThrow('SECRET');
  });
});

describe('client commands', () => {
  async function openGuarded() {
    const { app } = await createGuardedWorld();
    const server = await listen((request, env) => app.fetch(request, env), { host: '127.0.0.1', port: 0 });
    onTestFinished(() => server.close());
    return (argv: readonly string[], env: Env = {}) =>
      run(argv, { env: { SAGACHART_URL: server.url, ...env } });
  }
  const start = ['start', 'order', '--id', 's1', '--input', '{"customerId":"c","amount":1}'];

  test('show their token, from the environment or from a file, and choose a tenant', async () => {
    const ask = await openGuarded();
    expect(await ask(start, { SAGACHART_TOKEN: 'ab-operator' })).toMatchObject({ code: 0 });
    const folder = folderWith({ token: 'ab-operator\n' });
    const ls = ['ls', '--json', '--token-file', join(folder, 'token')];
    expect(parsed((await ask(ls)).out)).toMatchObject([{ id: 's1', tenant: 'a' }]);
    expect((await ask([...ls, '--tenant', 'b'])).out).toEqual([]);
    expect((await ask(ls, { SAGACHART_TENANT: 'b', SAGACHART_TOKEN: 'unknown' })).out).toEqual([]);
  });

  test('are told that they may not, with the status for it', async () => {
    const ask = await openGuarded();
    for (const [env, said] of [
      [{}, 'Say who you are'],
      [{ SAGACHART_TOKEN: 'SECRET' }, 'not valid here'],
      [{ SAGACHART_TOKEN: 'a-viewer' }, 'needs the role operator'],
    ] as const) {
      const { code, notes } = await ask(start, env);
      expect({ code, notes }).toEqual({ code: 4, notes: expect.stringContaining(said) });
      expect(notes).not.toContain('SECRET');
    }
    expect((await ask(['ls', '--token-file', '/nonexistent'])).code).toBe(2);
    expect((await ask(['ls'], { SAGACHART_TOKEN: 'two words' })).code).toBe(2);
  });

  test('act under the name of their token', async () => {
    const ask = await openGuarded();
    const env = { SAGACHART_TOKEN: 'a-operator' };
    await ask(start, env);
    await ask(['cancel', 's1', '--actor', 'mallory', '--reason', 'test'], env);
    const lines = parsed((await ask(['events', 's1', '--json'], env)).out);
    expect(lines.find(({ type }) => type === 'cancel')).toMatchObject({ data: { actor: 'a-operator' } });
  });
});

test('secrets are in no setting that is printed, and in no complaint about one', async () => {
  const env = {
    SAGACHART_TOKEN: 'hunter2-token',
    SAGACHART_AUTH_TOKENS: 'hunter2-entry',
    SAGACHART_PAYLOAD_KEYS: 'hunter2-key',
    SAGACHART_AUTH_JWT_JWKS_URL: 'https://u:hunter2@id/keys',
  };
  for (const args of [['config'], ['config', '--json']]) {
    const { code, out, notes } = await run(args, { env });
    expect(code).toBe(0);
    expect(out.join('\n')).toContain('api.token');
    expect(out.join('\n') + notes).not.toContain('hunter2');
  }
  const folder = folderWith({
    'sagachart.yaml': 'api:\n  token: [hunter2]\npayload:\n  keys: {a: hunter2}\n',
  });
  const { code, notes } = await run(['config'], { cwd: folder });
  expect(code).toBe(2);
  expect(notes).not.toContain('hunter2');
});

test('a node writes no token, key or payload into its log, nor what sagas carry into its database', async () => {
  const key = randomBytes(32).toString('base64');
  const data = folderWith({});
  const { out } = await run(['token', '--tenants', 'a']);
  const [token = '', line = ''] = out;
  const node = startCli(['serve', sagasProgram, '--embedded', '--port', '0'], {
    SAGACHART_DATA: join(data, 'db'),
    SAGACHART_NATS_PORT: '0',
    SAGACHART_LOG_LEVEL: 'trace',
    SAGACHART_AUTH_TOKENS: line,
    SAGACHART_PAYLOAD_KEYS: key,
  });
  onTestFinished(async () => void (await node.stop('SIGKILL')));
  const env = { SAGACHART_URL: await node.until(/API +(http:\S+)/), SAGACHART_TOKEN: token };
  const input = JSON.stringify({ amount: 5, note: 'SECRET-input' });
  expect(await run(['start', 'ping', '--id', 's1', '--input', input], { env })).toMatchObject({ code: 0 });
  expect((await run(['show', 's1', '--json'], { env })).out.join()).toContain('SECRET-input');
  expect((await run(['ls'], { env: { ...env, SAGACHART_TOKEN: 'SECRET-guess' } })).code).toBe(4);
  expect((await run(['cancel', 's1', '--reason', 'SECRET-reason'], { env })).code).toBe(0);
  expect(await node.stop('SIGTERM')).toBe(0);
  const said = node.stdout() + node.stderr();
  expect(said).toContain('a request was refused');
  for (const secret of [token, key, 'SECRET']) expect(said).not.toContain(secret);
  const stored = readdirSync(data, { recursive: true, encoding: 'utf8' })
    .map((name) => join(data, name))
    .filter((path) => statSync(path).isFile())
    .filter((path) => readFileSync(path).includes('SECRET'));
  expect(stored).toEqual([]);
}, 60_000);
