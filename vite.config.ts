/**
 * Bundles the command line, the source of which is hundreds of files: it starts in half the time.
 * The library is compiled file by file (`tsconfig.build.json`).
 */
import { defineConfig } from 'vite';

/** What a bundle cannot hold (native code), or what only some commands load. */
const EXTERNAL = ['@duckdb/node-api', 'lmdb'];

export default defineConfig({
  publicDir: false,
  ssr: { noExternal: true, external: EXTERNAL },
  build: {
    ssr: true,
    target: 'node20',
    minify: false,
    // Of the packages that it holds.
    license: { fileName: 'cli/licenses.md' },
    // The library and the pages are there too.
    emptyOutDir: false,
    rolldownOptions: {
      input: {
        cli: 'cli.ts',
        machine: 'analysis/clocks/machine.ts',
        grader: 'analysis/labs/grader.ts',
        'hash-worker': 'chat/server/hash-worker.js',
      },
      output: {
        entryFileNames: ({ name }) => (name === 'cli' ? 'cli.js' : `cli/${name}.js`),
        chunkFileNames: 'cli/[name].js',
      },
    },
  },
});
