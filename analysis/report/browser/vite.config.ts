/**
 * Bundles the report's script into one classic script that needs nothing else: the report holds its
 * text.
 */
import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    outDir: '../../../dist/report',
    emptyOutDir: true,
    target: 'es2022',
    lib: { entry: 'zoom.ts', formats: ['iife'], name: 'zoom', fileName: () => 'zoom.js' },
  },
});
