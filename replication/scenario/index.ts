/** The scenario language: scenarios about a simulated cluster, with expectations. */
export { ScenarioError } from './error.ts';
export { HISTORY_GUARANTEES, type HistoryCheck, type HistoryGuarantee } from './run.ts';
export { type Failure, runScenario, type ScenarioRecorder, type ScenarioResult } from './scenario.ts';
