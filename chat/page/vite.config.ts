import { defineConfig } from 'vite';

/** The chat page: plain files that any replica serves, at whatever path. */
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: '../../dist/page', emptyOutDir: true },
});
