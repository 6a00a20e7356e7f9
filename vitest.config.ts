import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/servers/global-setup.ts'],
    maxWorkers: 2,
    // Files share their worker, and the modules that it has loaded: to load them anew for each file took as long as the
    // tests. Whatever is global (the environment, timers, OpenTelemetry) a test puts back as it was.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
