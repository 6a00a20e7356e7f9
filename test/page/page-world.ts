import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { chromiumPath, openBrowser } from './browser.ts';
import { openPageServer, type PageServerOptions } from './page-server.ts';

const web = new URL('../../web/', import.meta.url).pathname;

/** Builds the page into a folder of its own; gives it, and how to remove it. */
export async function buildPage(): Promise<{ readonly folder: URL; readonly remove: () => Promise<void> }> {
  const outDir = await mkdtemp(join(tmpdir(), 'sagachart-page-'));
  await build({
    configFile: join(web, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir, emptyOutDir: true },
  });
  return { folder: pathToFileURL(`${outDir}/`), remove: () => rm(outDir, { recursive: true, force: true }) };
}

/** What a test of the page works with. */
export interface PageWorld {
  /** Opens a server with the page, closed when the test ends. */
  serve(options?: PageServerOptions & { readonly inspectorUrl?: string }): ReturnType<typeof openPageServer>;
  /** Opens a tab; what it complains about ends up in `complaints`. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  /** Errors of the page's scripts and refusals of its policy, so far. */
  readonly complaints: string[];
}

/** Tests in a real browser; skipped, loudly, where there is none. */
export function describePage(name: string, tell: (world: PageWorld) => void): void {
  if (chromiumPath === undefined) {
    console.warn(`SKIPPED: ${name}: there is no Chromium (apt-get install chromium, or set CHROMIUM_PATH)`);
    describe.skip(`${name} (no Chromium)`, () => tell(absent));
    return;
  }
  // A browser on a busy machine takes its time.
  describe(name, { timeout: 120_000 }, () => {
    let browser: Browser;
    let built: Awaited<ReturnType<typeof buildPage>>;
    const complaints: string[] = [];
    beforeAll(async () => {
      [browser, built] = await Promise.all([openBrowser(), buildPage()]);
    }, 120_000);
    afterAll(async () => {
      await Promise.all([browser.close(), built.remove()]);
    });
    tell({
      complaints,
      serve: async ({ inspectorUrl = '', ...options } = {}) => {
        const server = await openPageServer({ page: { folder: built.folder, inspectorUrl }, ...options });
        onTestFinished(server.close);
        return server;
      },
      open: async (url, options = {}) => {
        complaints.length = 0;
        const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
        onTestFinished(() => context.close());
        const page = await context.newPage();
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('console', (message) => {
          // A missing route is asked for once, and an error like any other to the console.
          if (message.type() === 'error' && !message.text().includes('404')) complaints.push(message.text());
        });
        await page.goto(url);
        return page;
      },
    });
  });
}

const absent: PageWorld = {
  complaints: [],
  serve: () => Promise.reject(new Error('no Chromium')),
  open: () => Promise.reject(new Error('no Chromium')),
};
