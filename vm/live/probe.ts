/**
 * Reads a database in a process of its own before this one touches it. LMDB maps its file into memory and trusts
 * it: a broken tree can end the process that reads it with a signal, and no error could be reported from there.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const LMDB = createRequire(import.meta.url).resolve('lmdb');
const READ_ALL = `
  const [library, path] = process.argv.slice(1);
  const db = require(library).open({ path, readOnly: true, noSubdir: false, encoding: 'binary', keyEncoding: 'binary' });
  for (const _ of db.getRange());
`;

/** The signal that ended a process that read all of the database in `directory`, or undefined when none did. */
export function deadlyTo(directory: string): NodeJS.Signals | undefined {
  const reader = spawnSync(process.execPath, ['-e', READ_ALL, LMDB, directory], { stdio: 'ignore' });
  return reader.signal ?? undefined;
}
