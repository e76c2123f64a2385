/**
 * Which checks apply to a run's kind of logs. A check that asks for what such logs never contain is
 * not an open question about the run.
 */
import type { Manifest } from '../../logs/index.ts';
import type { Run } from '../run/load.ts';
import { haveMembersChanged } from '../run/members.ts';

/** What the logs of a run are about. */
interface LogKind {
  readonly lamport: boolean;
  readonly vector: boolean;
  /** Machines have terms, roles or entries, or are said to run a protocol. */
  readonly replicated: boolean;
  /** It is told who voted, or who counts votes says so in its own logs. */
  readonly voting: boolean;
  /** Machines counted by others than those that the run began with. */
  readonly changing: boolean;
  /** Clients ask for something. */
  readonly clients: boolean;
  /** Sends and receives are only taken from the vector clocks. */
  readonly toldByVectors: boolean;
}

type Need = (kind: LogKind) => string | undefined;

const clocked: Need = ({ lamport }) => (lamport ? undefined : 'no row has a Lamport clock');
const replicated: Need = ({ replicated }) => (replicated ? undefined : 'nothing is replicated');
const voting: Need = ({ replicated, voting }) =>
  !replicated ? 'nothing is replicated' : voting ? undefined : 'no row says who voted';
const changing: Need = ({ replicated, changing }) =>
  !replicated ? 'nothing is replicated' : changing ? undefined : 'the members do not change';
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
  'elected-by-majority': voting,
  'terms-never-fall': replicated,
  'commit-never-falls': replicated,
  'log-matching': replicated,
  'committed-by-majority': replicated,
  'same-applied': replicated,
  'exactly-once': replicated,
  'acknowledged-applied': served,
  'one-configuration': changing,
  'promoted-after-check': changing,
  linearizability: served,
};

const UNGUARANTEED = 'this protocol does not promise it: where two histories meet, one gives way';
const NO_ROWS = 'this protocol does not write the rows that it compares';
const NO_TERMS = 'this protocol has no terms';
const NO_ORDER = 'this protocol keeps no order of commands';

/** One reason for several checks. */
function all(why: string, ...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, why]));
}

/** The checks that hold only where one history is all that there is. */
const OF_ONE_HISTORY = all(UNGUARANTEED, 'commit-never-falls', 'exactly-once', 'linearizability');

/** Why checks do not apply to the logs of protocols other than Raft, by their names. */
const OTHERS: Readonly<Record<string, (settings: Manifest['settings']) => Readonly<Record<string, string>>>> =
  {
    'primary-backup': ({ ack, soleSurvivor } = {}) => ({
      ...all(NO_ROWS, 'elected-by-majority', 'log-matching', 'committed-by-majority', 'same-applied'),
      ...all(NO_ROWS, 'acknowledged-applied'),
      ...(ack === 'primary' || soleSurvivor === true ? OF_ONE_HISTORY : {}),
      ...(soleSurvivor === true ? all(UNGUARANTEED, 'one-leader-per-term') : {}),
    }),
    'lowest-port': () => ({
      ...all(NO_TERMS, 'one-leader-per-term', 'terms-never-fall', 'log-matching'),
      ...all('nobody votes in this protocol', 'elected-by-majority'),
      ...all('this protocol waits for all that live, not for a majority', 'committed-by-majority'),
      ...all(NO_ROWS, 'same-applied', 'acknowledged-applied'),
      ...OF_ONE_HISTORY,
    }),
    nwr: () => ({
      ...all('nobody leads in this protocol', 'one-leader-per-term', 'elected-by-majority'),
      ...all(NO_TERMS, 'terms-never-fall'),
      ...all(NO_ORDER, 'commit-never-falls', 'log-matching', 'committed-by-majority', 'same-applied'),
      ...all(NO_ORDER, 'exactly-once', 'acknowledged-applied'),
      linearizability: 'its reads are eventual: changes at once do not see each other',
    }),
  };

/** Says of the name of a check why it does not apply to a run; undefined if it does. */
export async function applicability(run: Run): Promise<(name: string) => string | undefined> {
  const { database, history, manifest, holes, toldByVectors } = run;
  const has = (rows: string) => `EXISTS (SELECT 1 FROM log WHERE ${rows})`;
  const found = await database.row<Record<'lamport' | 'vector' | 'rows' | 'votes' | 'requests', boolean>>(`
    SELECT ${has('lamport IS NOT NULL')} AS lamport, ${has('vector IS NOT NULL')} AS vector,
      ${has(`term IS NOT NULL OR role IS NOT NULL OR "index" IS NOT NULL OR commit IS NOT NULL`)} AS rows,
      ${has("event = 'vote'")} AS votes, ${has(`event IN ('request', 'respond')`)} AS requests`);
  const kind: LogKind = {
    lamport: found.lamport,
    // Columns that could not be read count as present.
    vector: found.vector || holes.some(({ what }) => /^\d+ vector clocks? not read/.test(what)),
    replicated: found.rows || manifest.protocol !== undefined,
    voting: found.votes || manifest.protocol !== undefined,
    changing: await haveMembersChanged(run),
    clients: found.requests || history !== undefined,
    toldByVectors,
  };
  const others = OTHERS[manifest.protocol ?? '']?.(manifest.settings) ?? {};
  return (name) => NEEDS[name]?.(kind) ?? others[name];
}

/** Whether a run is of the clock exercise: machines with clocks, and nothing replicated. */
export function isExercise(checks: readonly { readonly name: string; readonly outcome: string }[]): boolean {
  return checks.some(({ name, outcome }) => NEEDS[name] === replicated && outcome === 'not-applicable');
}
