/**
 * The arguments of `tickraft analyze`: our own run folders, or logs of others with flags that say
 * how to read them; and a client history for one of them.
 */
import { readdirSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { findRuns, LogError } from '../../logs/index.ts';
import { type NamedHistory, readNamed } from '../history/run-history.ts';
import type { RunSource } from '../run/load.ts';
import { FORMATS, type MappingFlags, parseMapping } from './mapping.ts';
import { TIME_UNITS } from './time.ts';

/** The flags that say how logs are to be read, as their options are called. */
export const READING_FLAGS = [
  'columns',
  'timeUnit',
  'events',
  'format',
  'pattern',
  'executions',
  'machines',
  'mapping',
] as const satisfies readonly (keyof MappingFlags)[];

/** Adds the flags to a command. */
export function addReadingOptions(command: Command): Command {
  return command
    .optionsGroup('Logs that Tickraft did not write (docs/reference/logs-of-others.md):')
    .addOption(
      new Option(
        '--columns <pairs>',
        'which column is which: time=at,clock=logical,event=what. Repeat it for rows of one event: RECEIVE: clock=3',
      ).argParser((text: string, before: readonly string[] = []) => [...before, text]),
    )
    .option(
      '--time-unit <unit>',
      `unit of times: ${TIME_UNITS.join(', ')} (default: s), or a format such as "%d/%m/%Y %H:%M:%S"`,
    )
    .option('--events <pairs>', 'names of events: R=receive,S=send; *=internal for all others')
    .addOption(
      new Option('--format <name>', 'format of the files')
        .choices(FORMATS)
        .default(undefined, 'csv, or jsonl by the name of the file'),
    )
    .option(
      '--pattern <regexp>',
      'how an event looks in text, with groups such as time, clock, event, queue; in a ShiViz log host, clock and event',
    )
    .option('--executions <regexp>', 'what separates executions in a ShiViz log')
    .option('--machines <names>', 'order of the machines in vector clocks that are lists: a,b,c')
    .option('--mapping <file>', 'all of these in a JSON file');
}

/** The runs at `path`. Throws a `LogError` if there are none, or the flags make no sense. */
export async function sourcesAt(path: string, flags: MappingFlags): Promise<(string | RunSource)[]> {
  const mapping = parseMapping(flags);
  // The database is large; runs of our own are found without it.
  if (mapping !== undefined) return (await import('./import-run.ts')).importRuns(path, mapping);
  try {
    return findRuns(path);
  } catch (error) {
    if (!(error instanceof LogError) || !holdsLogs(path)) throw error;
    throw new LogError(
      `${error.message}; logs of others are read with --columns, --pattern or --format: --guess proposes how`,
    );
  }
}

/** A run with a history that is not in its folder, and replaces one that is. */
export function withHistory(source: string | RunSource, named: NamedHistory): RunSource {
  return {
    path: typeof source === 'string' ? source : source.path,
    async load() {
      // Errors in it are reported before logs are read, which may be large.
      const history = readNamed(named);
      const { loadRun } = await import('../run/load.ts');
      return { ...(await loadRun(source)), history };
    },
  };
}

function holdsLogs(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  return (
    !stat.isDirectory() ||
    readdirSync(path).some((name) => ['.csv', '.jsonl', '.log'].includes(extname(name)))
  );
}
