import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { chartStyle } from '../src/chart/svg-style.ts';

/** The style sheet that charts bring with them, as a file of the page: its policy forbids styles within elements. */
const chartCss: Plugin = {
  name: 'chart-css',
  resolveId: (id) => (id === 'virtual:chart.css' ? '\0virtual:chart.css' : undefined),
  load: (id) => (id === '\0virtual:chart.css' ? chartStyle : undefined),
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/ui/',
  plugins: [chartCss],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../dist/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // Nothing may stand in the page itself but links to its files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
