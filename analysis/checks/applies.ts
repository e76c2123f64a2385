/**
 * Which checks apply to a run's kind of logs. A check that asks for what such logs never contain is
 * not an open question about the run.
 */
import type { Run } from '../run/load.ts';

/** What the logs of a run are about. */
interface LogKind {
  readonly lamport: boolean;
  readonly vector: boolean;
  /** Machines have terms, roles or entries, or are said to run a protocol. */
  readonly replicated: boolean;
  /** Clients ask for something. */
  readonly clients: boolean;
  /** Sends and receives are only taken from the vector clocks. */
  readonly toldByVectors: boolean;
}

type Need = (kind: LogKind) => string | undefined;

const clocked: Need = ({ lamport }) => (lamport ? undefined : 'no row has a Lamport clock');
const replicated: Need = ({ replicated }) => (replicated ? undefined : 'nothing is replicated');
const served: Need = ({ replicated, clients }) =>
  replicated || clients ? undefined : 'no client asks for anything';

/** Why checks do not apply to a kind of logs, by their names. */
const NEEDS: Readonly<Record<string, Need>> = {
  'clock-condition': clocked,
  'clock-order': clocked,
  'vector-clocks': ({ vector }) => (vector ? undefined : 'no row has a vector clock'),
  'fifo-links': ({ toldByVectors }) =>
    toldByVectors ? 'sends and receives are taken from the vector clocks, which cannot show it' : undefined,
  'one-leader-per-term': replicated,
  'terms-never-fall': replicated,
  'commit-never-falls': replicated,
  'log-matching': replicated,
  'committed-by-majority': replicated,
  'same-applied': replicated,
  'exactly-once': replicated,
  'acknowledged-applied': served,
  linearizability: served,
};

/** Says of the name of a check why it does not apply to a run; undefined if it does. */
export async function applicability(run: Run): Promise<(name: string) => string | undefined> {
  const { database, history, manifest, holes, toldByVectors } = run;
  const has = (rows: string) => `EXISTS (SELECT 1 FROM log WHERE ${rows})`;
  const found = await database.row<Record<'lamport' | 'vector' | 'rows' | 'requests', boolean>>(`
    SELECT ${has('lamport IS NOT NULL')} AS lamport, ${has('vector IS NOT NULL')} AS vector,
      ${has(`term IS NOT NULL OR role IS NOT NULL OR "index" IS NOT NULL OR commit IS NOT NULL`)} AS rows,
      ${has(`event IN ('request', 'respond')`)} AS requests`);
  const kind: LogKind = {
    lamport: found.lamport,
    // Columns that could not be read count as present.
    vector: found.vector || holes.some(({ what }) => /^\d+ vector clocks? not read/.test(what)),
    replicated: found.rows || manifest.protocol !== undefined,
    clients: found.requests || history !== undefined,
    toldByVectors,
  };
  return (name) => NEEDS[name]?.(kind);
}

/** Whether a run is of the clock exercise: machines with clocks, and nothing replicated. */
export function isExercise(checks: readonly { readonly name: string; readonly outcome: string }[]): boolean {
  return checks.some(({ name, outcome }) => NEEDS[name] === replicated && outcome === 'not-applicable');
}
