import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWorld } from './api-world.ts';

const html =
  '<!doctype html><meta name="sagachart-inspector" content=""><script type="module" src="/ui/assets/a-1.js"></script>';

/** A folder as the page's build leaves it. */
async function builtPage(): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'sagachart-page-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), html);
  await writeFile(join(folder, 'assets/a-1.js'), 'export {};');
  await writeFile(join(folder, 'secret.env'), 'TOKEN=1');
  return pathToFileURL(`${folder}/`);
}

async function openPage(options: { readonly inspectorUrl?: string } = {}, auth = {}) {
  const { app } = await createWorld(undefined, { page: { folder: await builtPage(), ...options }, ...auth });
  return { get: (path: string, headers: Record<string, string> = {}) => app.request(path, { headers }) };
}

describe('the page’s files', () => {
  it('are the page at every address below /ui/, and a policy that lets it run nothing but itself', async () => {
    const { get } = await openPage();
    for (const path of [
      '/ui',
      '/ui/',
      '/ui/sagas',
      '/ui/sagas/a?seq=3',
      '/ui/secret.env',
      '/ui/..%2f..%2fpackage.json',
    ]) {
      const response = await get(path);
      expect([path, response.status, await response.text()]).toEqual([path, 200, html]);
      expect(response.headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      );
      expect(response.headers.get('cache-control')).toBe('no-cache');
    }
  });

  it('are kept by browsers for ever where their name has their content, and asked for again where not', async () => {
    const { get } = await openPage();
    const script = await get('/ui/assets/a-1.js', { 'Accept-Encoding': 'gzip' });
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(gunzipSync(await script.arrayBuffer()).toString()).toBe('export {};');
    const page = await get('/ui/');
    expect((await get('/ui/', { 'If-None-Match': page.headers.get('etag') ?? '' })).status).toBe(304);
    expect((await get('/ui/assets/gone.js')).status).toBe(404);
  });

  it('are for everybody, also where the API asks who is there', async () => {
    const auth = {
      auth: { tokens: [{ subject: 'ada', sha256: '0'.repeat(64), role: 'viewer', tenants: '*' }] },
    };
    const { get } = await openPage({}, auth);
    expect([(await get('/ui/sagas')).status, (await get('/v1/sagas')).status]).toEqual([200, 401]);
  });

  it('name the inspector of this server, and nothing that is more than a name', async () => {
    const { get } = await openPage({ inspectorUrl: 'https://inspect.example/"><script>' });
    expect(await (await get('/ui/')).text()).toContain(
      'content="https://inspect.example/&#34;&#62;&#60;script&#62;"',
    );
  });

  it('are where a browser is led that comes to the root; programs are told where things are', async () => {
    const { get } = await openPage();
    const browser = await get('/', { Accept: 'text/html,application/xhtml+xml' });
    expect([browser.status, browser.headers.get('location')]).toEqual([302, '/ui/']);
    expect(await (await get('/')).json()).toMatchObject({ links: { page: '/ui/', stream: '/v1/stream' } });
  });

  it('say how to build them where they are missing', async () => {
    const { app } = await createWorld(undefined, { page: { folder: new URL('file:///nowhere/') } });
    const response = await app.request('/ui/');
    expect([response.status, await response.text()]).toEqual([
      503,
      expect.stringContaining('npm run build:web'),
    ]);
  });
});
