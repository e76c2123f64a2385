/** Tests run as native ES modules; types are checked by tsc, not here. */
export default {
  testEnvironment: './test/support/environment.js',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript', tsx: true } },
        module: { type: 'es6' },
      },
    ],
  },
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testSequencer: './test/support/sequencer.cjs',
  testTimeout: 60_000,
  // One for each core: most tests wait for other processes most of the time.
  maxWorkers: '100%',
};
