/**
 * `tickraft analyze --guess`: ways to read logs of others, each tried with the real reader on a
 * sample.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { LogError } from '../../../logs/index.ts';
import type { SqlRow } from '../../run/database.ts';
import { loadRun } from '../../run/load.ts';
import { filesAt, importRuns } from '../import-run.ts';
import { groupsOf, type MappingFlags, parseMapping } from '../mapping.ts';
import { tableIn } from './forms.ts';
import { proseReadings } from './prose.ts';
import type { Reading } from './reading.ts';
import { type Sample, takeSamples, writeSamples } from './sample.ts';
import { tableReadings } from './tables.ts';

/** A reading, and its result. */
export interface Tried extends Reading {
  /** Rows as they are read: `FIRST_ROWS`. */
  readonly rows: readonly SqlRow[];
  /** Events of the sample by kind, machines, and what was not read. */
  readonly kinds: readonly { readonly event: string; readonly events: number }[];
  readonly machines: readonly string[];
  readonly holes: readonly string[];
}

/** What is found out about a path. */
export interface Guess {
  readonly path: string;
  readonly files: number;
  readonly readings: readonly Tried[];
  /** Readings beyond those. */
  readonly more: number;
}

/** Readings that are shown, and rows of each. */
const MOST_READINGS = 6;
const MOST_ROWS = 5;

/**
 * Guesses how the logs at `path` are to be read. Throws a `LogError` if they cannot be read, or no
 * reading fits.
 */
export async function guess(path: string): Promise<Guess> {
  const files = filesAt(path);
  const samples = takeSamples(files);
  const readings = readingsOf(samples);
  const dir = mkdtempSync(join(tmpdir(), 'tickraft-guess-'));
  try {
    writeSamples(dir, samples);
    const at = statSync(path).isDirectory() ? dir : join(dir, basename(path));
    const tried: Tried[] = [];
    for (const reading of readings.slice(0, 2 * MOST_READINGS)) {
      const one = await tryReading(at, reading);
      if (one !== undefined) tried.push(one);
    }
    if (tried.length === 0)
      throw new LogError(
        `${path}: cannot guess how to read it: neither a time nor a clock is marked by a name or a word beside it; docs/reference/logs-of-others.md says how to describe it`,
      );
    const shown = tried.slice(0, MOST_READINGS);
    return { path, files: files.length, readings: shown, more: readings.length - shown.length };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function readingsOf(samples: readonly Sample[]): Reading[] {
  const shiviz = shivizReading(samples);
  if (shiviz !== undefined) return [shiviz];
  const table = tableIn(samples);
  const ofTable = table === undefined ? [] : tableReadings(table);
  const ofProse = proseReadings(samples);
  // Sentences may look like a table, with less to be found in it.
  return told(ofTable[0]) >= told(ofProse[0]) ? ofTable : ofProse;
}

/** How many of our columns a reading fills. */
function told(reading: Reading | undefined): number {
  const { columns = [], pattern = '' } = reading?.flags ?? {};
  return groupsOf(pattern).length + ([columns].flat()[0]?.split(',').length ?? 0);
}

/** Lines with a host and a clock, or a pattern in the first. */
function shivizReading(samples: readonly Sample[]): Reading | undefined {
  const lines = samples.flatMap((sample) => sample.lines.filter((line) => line.trim() !== ''));
  const clocks = lines.filter((line) => /^\S+ \{\s*"[^"]*"\s*:\s*\d+.*\}\s*$/.test(line)).length;
  const isPattern = /\(\?<(event|host|clock)>/.test(lines[0] ?? '');
  if (!isPattern && (clocks < 2 || clocks < lines.length / 3)) return undefined;
  const separated = !isPattern && lines.some((line) => /^=== .* ===$/.test(line));
  const executions = separated ? { executions: '^=== (?<trace>.*) ===$' } : {};
  return { about: [], flags: { format: 'shiviz', ...executions } };
}

/** The rows that are shown: the first of each machine, then the second of each. */
const FIRST_ROWS = `SELECT events.file || ':' || events.line AS place, events.time_us, events.node, events.event,
    events.lamport, sender_clocks.clock AS sender_clock, events.vector, events.peer, events.message, events.queue, events.detail
  FROM events LEFT JOIN sender_clocks USING (id)
  WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY node ORDER BY id) AS place FROM events)
    ORDER BY place, id LIMIT ${MOST_ROWS})
  ORDER BY events.id`;

/** Tries a reading; undefined if the reader refuses it, or finds too few rows. */
async function tryReading(path: string, reading: Reading): Promise<Tried | undefined> {
  const run = await attempt(path, reading.flags);
  if (run === undefined) return undefined;
  const { database } = run;
  try {
    const rows = await database.rowsUntil(FIRST_ROWS, MOST_ROWS);
    const kinds = await database.rows<{ event: string; events: number }>(
      'SELECT event, count(*) AS events FROM events GROUP BY event ORDER BY events DESC, event',
    );
    const machines = await database.rows<{ node: string }>('SELECT DISTINCT node FROM events ORDER BY node');
    const events = kinds.reduce((sum, one) => sum + one.events, 0);
    const damaged = run.holes.filter(({ what }) => /^damaged/.test(what)).length;
    if (damaged > events) return undefined;
    const holes = run.holes.map(
      ({ where, line, what }) => `${where}${line === undefined ? '' : `:${line}`} ${what}`,
    );
    return { ...reading, rows, kinds, machines: machines.map(({ node }) => node), holes };
  } finally {
    database.close();
  }
}

async function attempt(path: string, flags: MappingFlags) {
  try {
    const [source] = await importRuns(path, parseMapping(flags)!);
    return await loadRun(source!);
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}
