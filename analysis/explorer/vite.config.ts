/** Builds the explorer as static files that work from any folder of any server. */
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  build: {
    outDir: '../../dist/explorer',
    emptyOutDir: true,
    target: 'es2022',
    // The script is a worker's, too, and may not touch the page where there is none.
    modulePreload: false,
    // Nothing but the entry does anything by being imported: what is not used is left out.
    rolldownOptions: { treeshake: { moduleSideEffects: false } },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
