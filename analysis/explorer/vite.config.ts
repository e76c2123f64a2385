/** Builds the explorer as static files that work from any folder of any server. */
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  build: { outDir: '../../dist/explorer', emptyOutDir: true, target: 'es2022' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
