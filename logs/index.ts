/**
 * `tickraft/logs`: event logs and run folders, to read and to write. `docs/reference/events.md`
 * says what the rows mean.
 */
export type { EventKind, EventRecord } from '../vm/index.ts';
export { LogError, reason } from './errors.ts';
export { encodeEvents, HEADER } from './format/encode.ts';
export { encodeManifest, type Manifest, ManifestError, parseManifest } from './format/manifest.ts';
export { COLUMNS, type Column, type RowKind, type RowRecord, SCHEMA_VERSION } from './format/schema.ts';
export { builtFile, packagedFile, packageVersion, startedFile } from './package.ts';
export { Progress } from './progress.ts';
export { type ReadProblem, readLog } from './reader.ts';
export { createRun, findRuns, finishRun, HISTORY_FILE, joinRun, makeEmpty, openRun } from './run-folder.ts';
export { RunWriter } from './run-writer.ts';
export { listLogs } from './segments.ts';
export { LogWriter, type WriterOptions } from './writer.ts';
