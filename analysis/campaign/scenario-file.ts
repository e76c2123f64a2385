/** Runs scenario files. */
import { readFileSync } from 'node:fs';
import { runScenario, ScenarioError, type ScenarioRecorder } from '../../replication/scenario/index.ts';
import { tickraftHistory } from '../history/tickraft-history.ts';
import { ClientHistory } from './client-history.ts';

/** A file that is no scenario. The message is one line that names the file, and the line in it. */
export class ScenarioFileError extends Error {
  override readonly name = 'ScenarioFileError';
}

/** The result of a file. */
export interface ScenarioFileResult {
  readonly transcript: string;
  /**
   * What was seen instead of what was expected, in one line that names the file and the line in it.
   */
  readonly failure: string | undefined;
  /** What its clients did and were told, for `tickraft check`. */
  readonly history: string;
}

/**
 * Runs a file; `recorder` receives its events. Throws a `ScenarioFileError` if it cannot be read,
 * or is no scenario.
 */
export function runScenarioFile(path: string, recorder?: ScenarioRecorder): ScenarioFileResult {
  const text = read(path);
  try {
    const clients = new ClientHistory();
    const { transcript, failure } = runScenario(text, { recorder, history: clients });
    const history = tickraftHistory(clients.operations, null);
    if (failure === undefined) return { transcript, failure, history };
    const { line, tick, ms, message } = failure;
    return { transcript, failure: `${path}:${line}: at tick ${tick} (${ms} ms): ${message}`, history };
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new ScenarioFileError(`${path}:${error.line}: ${error.message}`);
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ScenarioFileError(`${path}: cannot be read (${code})`);
  }
}
