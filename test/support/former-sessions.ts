/**
 * Applying entries as versions up to data format 4 did: every command reads and writes the store,
 * and nothing is in memory. What the present form is compared with, and converted from.
 *
 * In the data store: `applied`; `cluster`; `m/` the state machine's own keys; `s/ID` a session,
 * `s/ID/SEQUENCE` a kept result, `u/INDEX/ID` sessions by last use, `o/OWNER/INDEX/ID` an owner's
 * by last use, `sessions` how many there are.
 */
import {
  type Applicable,
  type AppliedEntry,
  MachineStore,
  sessionId,
} from '../../replication/core/sessions.ts';
import type { SessionLimits, SessionOwner, SessionTag } from '../../replication/replication.ts';
import type { Position, StateMachine } from '../../replication/state-machine.ts';
import type { Outcome } from '../../vm/program.ts';
import { prefixEnd, type Store, type Value } from '../../vm/store.ts';

type AnyMachine = StateMachine<unknown, unknown, unknown, unknown>;

type Session = {
  readonly acknowledged: number;
  /** The index under which `u/` and `o/` have it. */
  readonly usedAt: number;
  readonly owner?: string;
};

const APPLIED = 'applied';
const CLUSTER_ID = 'cluster';
const SESSION_COUNT = 'sessions';

function pad(number: number): string {
  return String(number).padStart(16, '0');
}

/** Applies one committed entry. */
export function applyFormerly(
  machine: AnyMachine,
  data: Store,
  entry: Applicable,
  limits: SessionLimits,
): AppliedEntry {
  data.put(APPLIED, entry.index);
  switch (entry.data.type) {
    case 'noop':
      if (entry.data.clusterId !== undefined && data.get(CLUSTER_ID) === undefined)
        data.put(CLUSTER_ID, entry.data.clusterId);
      return { outcome: { ok: true, value: null }, fresh: undefined };
    case 'session':
      return {
        outcome: { ok: true, value: openSession(data, entry, entry.data, limits.maxSessions) },
        fresh: undefined,
      };
    case 'command':
      return applyCommand(machine, data, entry, entry.data, limits);
    default:
      throw new Error(`there was no ${entry.data.type} then`);
  }
}

function applyCommand(
  machine: AnyMachine,
  data: Store,
  position: Position,
  { command, tag }: Extract<Applicable['data'], { type: 'command' }>,
  limits: SessionLimits,
): AppliedEntry {
  const earlier = tag && recall(data, tag, position.index, limits);
  if (earlier !== undefined) return { outcome: earlier, fresh: undefined };
  const result = machine.apply(command, new MachineStore(data), position);
  if (tag) data.put(resultKey(tag.session, tag.sequence), [result ?? null] as Value);
  return { outcome: { ok: true, value: result }, fresh: { command, result } };
}

/**
 * The answer that a command of a session has already, or must get instead of running; undefined if
 * it is new.
 */
function recall(data: Store, tag: SessionTag, index: number, limits: SessionLimits): Outcome | undefined {
  const key = `s/${tag.session}`;
  // A session's id is a part of keys: one with a slash in it would name a kept result.
  const session = tag.session.includes('/') ? undefined : (data.get(key) as Session | undefined);
  if (session === undefined)
    return { ok: false, code: 'SessionExpired', message: 'the session expired or was never opened' };
  const kept = data.get(resultKey(tag.session, tag.sequence)) as readonly Value[] | undefined;
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
  touch(data, tag, session, index, limits.sessionUseGrain);
  return undefined;
}

/** Drops results that the client has, and records that the session is in use. */
function touch(data: Store, tag: SessionTag, session: Session, index: number, grain: number): void {
  const acknowledged = Math.min(Math.max(session.acknowledged, tag.acknowledged), tag.sequence);
  for (let sequence = session.acknowledged; sequence < acknowledged; sequence++) {
    data.delete(resultKey(tag.session, sequence));
  }
  if (index - session.usedAt >= grain) {
    for (const key of useKeys(tag.session, session)) data.delete(key);
    putSession(data, tag.session, { ...session, acknowledged, usedAt: index });
  } else if (acknowledged !== session.acknowledged) {
    data.put(`s/${tag.session}`, { ...session, acknowledged });
  }
}

function openSession(
  data: Store,
  { index }: Position,
  { nonce, owner }: { readonly nonce: string; readonly owner?: SessionOwner | undefined },
  maxSessions: number,
): string {
  if (owner !== undefined) {
    const own = `o/${owner.name}/`;
    const keys = [...data.range(own, prefixEnd(own))].map(([key]) => key);
    for (const key of keys.slice(0, Math.max(0, keys.length + 1 - owner.most))) expire(data, key);
  }
  if (sessionCount(data) >= maxSessions) {
    for (const [key] of data.range('u/', prefixEnd('u/'), { limit: 1 })) expire(data, key);
  }
  const id = sessionId(index, nonce);
  const session = { acknowledged: 1, usedAt: index };
  putSession(data, id, owner === undefined ? session : { ...session, owner: owner.name });
  data.put(SESSION_COUNT, sessionCount(data) + 1);
  return id;
}

function sessionCount(data: Store): number {
  return (data.get(SESSION_COUNT) as number | undefined) ?? 0;
}

function putSession(data: Store, id: string, session: Session): void {
  data.put(`s/${id}`, session);
  for (const key of useKeys(id, session)) data.put(key, null);
}

/** Ends the session that is found under `key` by its last use. */
function expire(data: Store, key: string): void {
  const id = key.slice(key.lastIndexOf('/') + 1);
  const results = [...data.range(`s/${id}/`, prefixEnd(`s/${id}/`))];
  for (const [result] of results) data.delete(result);
  for (const use of useKeys(id, data.get(`s/${id}`) as Session)) data.delete(use);
  data.delete(`s/${id}`);
  data.put(SESSION_COUNT, sessionCount(data) - 1);
}

/** The keys under which a session is found by its last use. */
function useKeys(id: string, { usedAt, owner }: Session): readonly string[] {
  const used = `${pad(usedAt)}/${id}`;
  return owner === undefined ? [`u/${used}`] : [`u/${used}`, `o/${owner}/${used}`];
}

function resultKey(session: string, sequence: number): string {
  return `s/${session}/${pad(sequence)}`;
}
