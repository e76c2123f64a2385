/** How the chat page is built: plain files that any replica serves, at whatever path. */
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: '../../dist/page', emptyOutDir: true },
});
