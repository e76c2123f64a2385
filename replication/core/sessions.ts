/**
 * Applying log entries to the replicated data: the same for every protocol and every state machine.
 *
 * A client session makes a retried command apply once (Raft dissertation, 6.3): results are kept by
 * session and sequence number until the client says that it has them. Sessions expire by the log
 * alone: opening one more than `maxSessions` ends the one unused for the most entries of the log,
 * on every replica alike. An owner that has as many sessions as it may ends one of its own instead,
 * so that opening session after session does not end those of others.
 *
 * While entries are applied, sessions and applied index are in memory (`client-sessions.ts`);
 * `saveApplied` writes them, in the same batch as what the entries have changed of the machine's
 * data. So a step costs one record a session and not several records a command, and what a crash
 * leaves on disk is the data as of an index, with the sessions as of the same.
 *
 * In the data store: `applied`; `cluster` the cluster's id, as the first entry that brought one has
 * it; `config` the members as of the last entry that changed them; `policy` what operators want of
 * the cluster; `m/` the state machine's own keys; `s/ID` a session with its last results;
 * `r/ID/SEQUENCE` earlier ones from that number on, `l/ID/SEQUENCE` a large one (`session.ts`).
 */
import {
  compareKeys,
  type Outcome,
  type RangeOptions,
  type Store,
  type StoreReader,
  type Value,
} from '../../vm/index.ts';
import type { Configuration } from '../members.ts';
import type { Policy, PolicyChanges } from '../protocol.ts';
import type { SessionLimits, SessionOwner, SessionTag } from '../replication.ts';
import type { Position, StateMachine } from '../state-machine.ts';
import { type ClientSessions, sessionsOf } from './client-sessions.ts';
import type { Session } from './session.ts';

/** What an entry may hold that concerns the data. */
export type Applicable = Position & {
  readonly data:
    | { readonly type: 'command'; readonly command: unknown; readonly tag?: SessionTag | undefined }
    | { readonly type: 'session'; readonly nonce: string; readonly owner?: SessionOwner | undefined }
    | { readonly type: 'noop'; readonly clusterId?: string | undefined }
    | ({ readonly type: 'config'; readonly cluster?: string | undefined } & Configuration)
    | { readonly type: 'check' }
    | { readonly type: 'policy'; readonly changes: PolicyChanges };
};

/**
 * The outcome of an entry: the answer, and, if a command ran now and not before, that command and
 * its result.
 */
export interface AppliedEntry {
  readonly outcome: Outcome;
  readonly fresh: { readonly command: unknown; readonly result: unknown } | undefined;
}

const NOTHING: AppliedEntry = { outcome: { ok: true, value: null }, fresh: undefined };

type AnyMachine = StateMachine<unknown, unknown, unknown, unknown>;

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  maxSessions: 10_000,
  maxKeptResults: 10_000,
  sessionUseGrain: 1_000,
};

const APPLIED = 'applied';
const CLUSTER_ID = 'cluster';
const CONFIGURATION = 'config';
const POLICY = 'policy';
const MACHINE = 'm/';

/** The index up to which `data` has entries applied and saved; 0 at the beginning. */
export function appliedIndex(data: StoreReader): number {
  return (data.get(APPLIED) as number | undefined) ?? 0;
}

/** The id of the cluster whose data this is; undefined where it has none yet. */
export function clusterIdOf(data: StoreReader): string | undefined {
  return data.get(CLUSTER_ID) as string | undefined;
}

/**
 * A pair of the data as it is in a copy that is to be another cluster's; undefined for what is left
 * out: the other cluster has its own members, and a policy of its own.
 */
export function inCluster(
  [key, value]: readonly [string, Value],
  clusterId: string,
): readonly [string, Value] | undefined {
  if (key === CONFIGURATION || key === POLICY) return undefined;
  return key === CLUSTER_ID ? [key, clusterId] : [key, value];
}

/** Makes the data that of another cluster: it has no policy yet, and its members follow. */
export function forCluster(data: Store, clusterId: string): void {
  data.put(CLUSTER_ID, clusterId);
  data.delete(POLICY);
}

/** The configuration that was applied last, and the index of its entry; undefined if none was. */
export function configurationOf(
  data: StoreReader,
): { readonly index: number; readonly configuration: Configuration } | undefined {
  const kept = data.get(CONFIGURATION) as unknown;
  return kept as { readonly index: number; readonly configuration: Configuration } | undefined;
}

/** What operators want of the cluster. */
export function policyOf(data: StoreReader): Policy {
  return (data.get(POLICY) as Policy | undefined) ?? {};
}

function changePolicy(data: Store, changes: PolicyChanges): Policy {
  const after = Object.entries({ ...policyOf(data), ...changes }).filter(([, value]) => value !== null);
  const policy = Object.fromEntries(after.sort(([a], [b]) => compareKeys(a, b))) as Policy;
  data.put(POLICY, policy);
  return policy;
}

function keepConfiguration(
  data: Store,
  index: number,
  { members, outgoing, next, leaving }: Configuration,
): void {
  const configuration = {
    members,
    ...(outgoing && { outgoing }),
    ...(next && { next }),
    ...(leaving && { leaving }),
  };
  data.put(CONFIGURATION, { index, configuration } as unknown as Value);
}

function keepClusterId(data: Store, id: string | undefined): void {
  if (id !== undefined && clusterIdOf(data) === undefined) data.put(CLUSTER_ID, id);
}

/**
 * Applies one committed entry. Deterministic: the same data and entry give the same data and
 * outcome everywhere. Nothing may read or freeze the data, or end the step, before `saveApplied`.
 */
export function applyEntry(
  machine: AnyMachine,
  data: Store,
  entry: Applicable,
  limits: SessionLimits,
): AppliedEntry {
  switch (entry.data.type) {
    case 'noop':
      keepClusterId(data, entry.data.clusterId);
      return NOTHING;
    case 'config':
      keepClusterId(data, entry.data.cluster);
      keepConfiguration(data, entry.index, entry.data);
      return NOTHING;
    case 'check':
      return NOTHING;
    case 'policy':
      return {
        outcome: { ok: true, value: changePolicy(data, entry.data.changes) },
        fresh: undefined,
      };
    case 'session': {
      const id = sessionId(entry.index, entry.data.nonce);
      sessionsOf(data).open(id, entry.index, entry.data.owner, limits.maxSessions);
      return { outcome: { ok: true, value: id }, fresh: undefined };
    }
    case 'command':
      return applyCommand(machine, data, entry, entry.data, limits);
  }
}

/** Saves what entries have changed, as of the last of them. */
export function saveApplied(data: Store, index: number): void {
  data.put(APPLIED, index);
  sessionsOf(data).save();
}

/** Answers a query from what is applied. */
export function queryMachine(machine: AnyMachine, data: StoreReader, query: unknown): unknown {
  return machine.query(query, new MachineReader(data));
}

function applyCommand(
  machine: AnyMachine,
  data: Store,
  { index, place, term }: Position,
  { command, tag }: Extract<Applicable['data'], { type: 'command' }>,
  limits: SessionLimits,
): AppliedEntry {
  const sessions = sessionsOf(data);
  const earlier = tag && recall(sessions, tag, index, limits);
  if (earlier !== undefined) return { outcome: earlier, fresh: undefined };
  const result = machine.apply(command, new MachineStore(data), { index, place, term });
  if (tag) sessions.get(tag.session)!.keep(tag.sequence, (result ?? null) as Value);
  return { outcome: { ok: true, value: result }, fresh: { command, result } };
}

/**
 * The answer that a command of a session has already, or must get instead of running; undefined if
 * it is new.
 */
function recall(
  sessions: ClientSessions,
  tag: SessionTag,
  index: number,
  limits: SessionLimits,
): Outcome | undefined {
  const session = sessions.get(tag.session);
  if (session === undefined)
    return { ok: false, code: 'SessionExpired', message: 'the session expired or was never opened' };
  const kept = session.result(tag.sequence);
  if (kept !== undefined) return { ok: true, value: kept[0] };
  if (tag.sequence < session.acknowledged) {
    return {
      ok: false,
      code: 'Rejected',
      message: `command ${tag.sequence} of the session was answered before`,
    };
  }
  // What this command acknowledges is dropped now, so it no longer counts.
  if (tag.sequence >= Math.max(session.acknowledged, tag.acknowledged) + limits.maxKeptResults) {
    return {
      ok: false,
      code: 'Rejected',
      message: `over ${limits.maxKeptResults} results of the session are unacknowledged`,
    };
  }
  touch(sessions, session, tag, index, limits.sessionUseGrain);
  return undefined;
}

/** Notes which results the client has, and that the session is in use. */
function touch(
  sessions: ClientSessions,
  session: Session,
  tag: SessionTag,
  index: number,
  grain: number,
): void {
  session.acknowledged = Math.min(Math.max(session.acknowledged, tag.acknowledged), tag.sequence);
  if (index - session.usedAt >= grain) sessions.use(session, index);
  sessions.changed(session);
}

/** The id of the session that the entry at `index` opened. */
export function sessionId(index: number, nonce: string): string {
  return `${index.toString(36)}-${nonce}`;
}

/**
 * The data of the state machine, which does not see the sessions beside it. Classes: an object of
 * closures for each command cost more than the command.
 */
export class MachineReader<S extends StoreReader> implements StoreReader {
  protected readonly data: S;

  constructor(data: S) {
    this.data = data;
  }

  get(key: string): Value | undefined {
    return this.data.get(MACHINE + key);
  }

  *range(from: string, to: string, options?: RangeOptions): Iterable<readonly [string, Value]> {
    for (const [key, value] of this.data.range(MACHINE + from, MACHINE + to, options)) {
      yield [key.slice(MACHINE.length), value];
    }
  }
}

export class MachineStore extends MachineReader<Store> implements Store {
  put(key: string, value: Value): void {
    this.data.put(MACHINE + key, value);
  }

  delete(key: string): void {
    this.data.delete(MACHINE + key);
  }
}
