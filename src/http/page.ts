import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { publicRoute } from './access.ts';
import type { ApiEnv } from './api.ts';

/** Where the page is served. */
const base = '/ui/';

/** Where its built files are: in the package beside this room, or where it was built from the sources. */
const places = [new URL('../web/', import.meta.url), new URL('../../dist/web/', import.meta.url)];

/** The page runs its own scripts and styles and asks its own server; nothing else, whatever a saga's data says. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>sagachart</title>
<h1>The page is not built</h1><p>Run <code>npm run build:web</code>, then load this again. The API is at <a href="/v1/sagas">/v1</a>.</p>`;

/** How the page is served. */
export interface PageOptions {
  /** The Stately Inspector that its button opens; the one at stately.ai when left out. */
  readonly inspectorUrl?: string;
  /** Where the built files are; found by itself when left out. */
  readonly folder?: URL;
}

interface PageFile {
  readonly body: Buffer<ArrayBuffer>;
  readonly zipped: Buffer<ArrayBuffer>;
  readonly type: string;
  readonly tag: string;
}

/**
 * `/ui/…`: the page. Its files are read once, when it is first asked for. Every address below `/ui/` that is no file is a
 * place in the page. It holds no data, so everybody may load it; what it shows it asks the API for.
 */
export function pageRoutes({ inspectorUrl = '', folder }: PageOptions = {}) {
  let files: ReadonlyMap<string, PageFile> | undefined;
  const answer = (c: Context) => {
    if (files === undefined || files.size === 0) files = readFiles(folder ?? findFolder(), inspectorUrl);
    const path = c.req.path.slice(base.length);
    const file = files.get(path);
    if (file !== undefined) return send(c, file, path.startsWith('assets/'));
    if (path.startsWith('assets/')) return c.notFound();
    const page = files.get('index.html');
    c.header('Content-Security-Policy', policy);
    return page === undefined ? c.html(notBuilt, 503) : send(c, page, false);
  };
  return new Hono<ApiEnv>().use('/*', publicRoute(), async (c, next) =>
    c.req.method === 'GET' || c.req.method === 'HEAD' ? answer(c) : next(),
  );
}

/** Leads who comes with a browser from the root to the page; programs are told where things are. */
export const pageFromRoot: MiddlewareHandler = async (c, next) => {
  if (c.req.header('accept')?.includes('text/html') === true) return c.redirect(base, 302);
  return next();
};

function send(c: Context, { body, zipped, type, tag }: PageFile, isForever: boolean): Response {
  c.header('ETag', tag);
  c.header('Vary', 'Accept-Encoding');
  // Files have their content in their name; the page itself names the newest.
  c.header('Cache-Control', isForever ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (c.req.header('if-none-match') === tag) return c.body(null, 304);
  c.header('Content-Type', type);
  if (c.req.header('accept-encoding')?.includes('gzip') !== true) return c.body(body);
  c.header('Content-Encoding', 'gzip');
  return c.body(zipped);
}

function findFolder(): URL | undefined {
  return places.find((place) => existsSync(new URL('index.html', place)));
}

function readFiles(folder: URL | undefined, inspectorUrl: string): ReadonlyMap<string, PageFile> {
  if (folder === undefined || !existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    name.replaceAll('\\', '/'),
  );
  return new Map(
    names.flatMap((name): readonly (readonly [string, PageFile])[] => {
      const type = mediaTypes[extname(name)];
      if (type === undefined) return [];
      const text = readFileSync(new URL(name, folder), 'utf8');
      return [[name, toFile(name === 'index.html' ? withInspector(text, inspectorUrl) : text, type)]];
    }),
  );
}

function toFile(text: string, type: string): PageFile {
  const body = Buffer.from(text);
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, zipped: Buffer.from(gzipSync(body, { level: 9 })), type, tag };
}

function withInspector(html: string, url: string): string {
  const escaped = url.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return html.replace(
    'name="sagachart-inspector" content=""',
    () => `name="sagachart-inspector" content="${escaped}"`,
  );
}
