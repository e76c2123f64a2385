/**
 * Creates, opens and finishes run folders. A run folder has `run.json`, which says what ran, a log
 * per machine (`writer.ts`, `reader.ts`) and, if one was recorded, the client history.
 */
import { existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '../vm/live/disk/index.ts';
import { LogError, reason } from './errors.ts';
import { encodeManifest, type Manifest, ManifestError, parseManifest } from './format/manifest.ts';

/** The client history of a run, in the format that `tickraft check` calls `tickraft`. */
export const HISTORY_FILE = 'history.jsonl';

const MANIFEST = 'run.json';
/** A manifest while it is written: `.run.json.` and the writer's process id. */
const DRAFT = `.${MANIFEST}.`;
/** The mode of folders of logs: the process's umask applies, as to other folders of the user. */
const UNMASKED = 0o777;

/**
 * Makes a run folder, with the folders above it. Throws a `LogError` if that cannot be done or if
 * something is there already: a run is never mixed with other files.
 */
export function createRun(dir: string, manifest: Manifest): void {
  makeEmpty(dir);
  writeManifest(dir, manifest, linkSync);
}

/**
 * For machines that write into one folder and come and go (the replicas of a cluster): makes the
 * run folder, or joins the run of the same program and protocol that is there. Returns the manifest
 * in force. Throws a `LogError` if something else is there.
 */
export function joinRun(dir: string, manifest: Manifest): Manifest {
  if (!isRun(dir)) {
    try {
      createRun(dir, manifest);
      return manifest;
    } catch (error) {
      // Another machine has made it meanwhile.
      if (!isRun(dir)) throw error;
    }
  }
  const found = openRun(dir);
  const [theirs, ours] = [whatRuns(found), whatRuns(manifest)];
  if (theirs !== ours)
    throw new LogError(`${dir} holds a run of ${theirs}, not of ${ours}: choose another folder`);
  return found;
}

function whatRuns({ program, protocol }: Manifest): string {
  return protocol === undefined || protocol === program ? program : `${program} over ${protocol}`;
}

/**
 * The manifest of the run in `dir`. Throws a `LogError` if there is none, or one of an unknown
 * version.
 */
export function openRun(dir: string): Manifest {
  const path = join(dir, MANIFEST);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new LogError(`${dir} is not a run folder: ${reason(error)} (${MANIFEST})`);
  }
  try {
    return parseManifest(text);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    const where = error.line === undefined ? path : `${path}:${error.line}`;
    throw new LogError(`${where}: ${error.message}`);
  }
}

/** Records in the manifest that the run has ended. */
export function finishRun(dir: string): void {
  writeManifest(dir, { ...openRun(dir), finished: true }, renameSync);
}

/** Whether `dir` is a run folder. */
function isRun(dir: string): boolean {
  return existsSync(join(dir, MANIFEST));
}

/**
 * The run folders at `dir`: itself, or those right below it, `run-2` before `run-10`.
 * Throws a `LogError` if there are none.
 */
export function findRuns(dir: string): string[] {
  if (isRun(dir)) return [dir];
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    throw new LogError(`cannot read ${dir}: ${reason(error)}`);
  }
  const runs = names
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(dir, name))
    .filter(isRun);
  if (runs.length === 0)
    throw new LogError(`${dir} holds no run: there is no ${MANIFEST} in it or right below it`);
  return runs;
}

/** Makes sure that `dir` is a folder with nothing in it. Throws a `LogError` if it cannot be. */
export function makeEmpty(dir: string): void {
  let names: string[];
  try {
    makeFolders(dir, UNMASKED);
    names = readdirSync(dir).filter((name) => !name.startsWith(DRAFT));
  } catch (error) {
    throw new LogError(`cannot write ${dir}: ${reason(error)}`);
  }
  if (names.length > 0) throw new LogError(`${dir} is not empty: choose another folder, or empty this one`);
}

/**
 * Writes the manifest atomically: readers see all of it. `place` puts the finished file where it
 * belongs: `linkSync` only if there is none yet, `renameSync` instead of the one there.
 */
function writeManifest(dir: string, manifest: Manifest, place: (from: string, to: string) => void): void {
  const path = join(dir, MANIFEST);
  const draft = join(dir, `${DRAFT}${process.pid}`);
  try {
    writeFileSync(draft, encodeManifest(manifest));
    place(draft, path);
  } catch (error) {
    throw new LogError(`cannot write ${path}: ${reason(error)}`);
  } finally {
    rmSync(draft, { force: true });
  }
}
