import { defineConfig } from 'vitest/config';

/** For tests that a counterexample was written as. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: { maxWorkers: 1 },
});
