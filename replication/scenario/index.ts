/** The scenario language: scenarios about a simulated cluster, with expectations. */
export { ScenarioError } from './error.ts';
export type { HistoryCheck } from './run-options.ts';
export { type Failure, runScenario, type ScenarioRecorder, type ScenarioResult } from './scenario.ts';
export { HISTORY_GUARANTEES, type HistoryGuarantee } from './scene.ts';
