/**
 * Changes of the members as functions of configurations (Raft, 6; dissertation, 4): what follows
 * from a change, and by which way. If one voter changes, every quorum before shares a voter with
 * every quorum after, so a simple change is safe. If more change, a joint configuration is entered,
 * in which both have to agree, and left again. As in etcd's package `confchange`.
 */
import type { NodeId } from '../../vm/index.ts';
import type { Address, Configuration, Member, MemberChange, Members } from '../members.ts';
import type { Voters } from './quorum.ts';

/** The most members, and the most that a configuration names. */
export const MAX_MEMBERS = 100;

/** Why a change cannot be, in one line. */
export interface Refusal {
  readonly refused: string;
}

/** The configuration of a cluster that was founded with these members, at these addresses. */
export function foundedBy(
  ids: readonly NodeId[],
  urls: Readonly<Record<NodeId, string>> = {},
): Configuration {
  const founder: Member = { role: 'voter', want: 'voter', incarnation: 0 };
  const members = [...ids].sort().map((id) => [id, compact({ ...founder, url: urls[id] })] as const);
  return { members: Object.fromEntries(members) };
}

/** Whether two halves hold at once. */
export function isJoint({ outgoing }: Configuration): boolean {
  return outgoing !== undefined;
}

/** The voters of the incoming half, then those of the outgoing one if there is one. */
export function votersOf({ members, outgoing, next = [] }: Configuration): Voters {
  const incoming = votersAmong(members).filter((id) => !next.includes(id));
  return outgoing === undefined ? [incoming] : [incoming, votersAmong(outgoing)];
}

function votersAmong(members: Members): NodeId[] {
  return Object.keys(members)
    .filter((id) => members[id]!.role === 'voter')
    .sort();
}

/** The members once the joint configuration has ended. */
export function membersAfter({ members, next = [] }: Configuration): Members {
  if (next.length === 0) return members;
  return mapMembers(members, (member, id) => (next.includes(id) ? { ...member, role: 'learner' } : member));
}

/**
 * The members after these changes. `index`: that of the entry that will have them. What is so
 * already changes nothing.
 */
export function changed(
  members: Members,
  changes: readonly MemberChange[],
  index: number,
): Members | Refusal {
  let after: Members = members;
  for (const change of changes) {
    const next = changedBy(after, change, index);
    if (isRefusal(next)) return next;
    after = next;
  }
  return after;
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value && typeof value.refused === 'string';
}

function changedBy(members: Members, change: MemberChange, index: number): Members | Refusal {
  switch (change.do) {
    case 'add':
      return added(members, change, { want: change.role }, index);
    case 'replace':
      return replaced(members, change.id, change.with, index);
    case 'remove':
      return without(members, [change.id]);
    case 'promote':
      return updated(members, change.id, () => ({ want: 'voter' }));
    case 'demote':
      return updated(members, change.id, () => ({ role: 'learner', want: 'learner', replaces: undefined }));
    case 'update':
      return updated(members, change.id, ({ url, zone }) => ({
        url: change.url ?? url,
        zone: change.zone ?? zone,
      }));
    case 'abort':
      return { refused: 'an abort cannot be combined with other changes' };
  }
}

type Wish = Pick<Member, 'want' | 'replaces'>;

function added(members: Members, { id, url, zone }: Address, wish: Wish, index: number): Members | Refusal {
  const present = members[id];
  if (present === undefined) {
    return { ...members, [id]: compact({ role: 'learner', incarnation: index, url, zone, ...wish }) };
  }
  if (url !== undefined && url !== present.url) {
    return { refused: `${id} is a member at ${present.url ?? 'no address'} already: update its address` };
  }
  if (present.role === 'voter' && wish.want === 'learner') {
    return { refused: `${id} is a voter already: demote it` };
  }
  if (present.role === 'voter' || wish.want === 'learner') return members;
  return { ...members, [id]: compact({ ...present, ...wish }) };
}

function replaced(members: Members, old: NodeId, address: Address, index: number): Members | Refusal {
  const { id } = address;
  if (id === old) return { refused: `${old} cannot replace itself` };
  if (members[old] === undefined) {
    return members[id] === undefined ? { refused: `${old} is not a member` } : members;
  }
  if (members[id]?.role === 'voter') return { refused: `${id} is a voter already: remove ${old}` };
  return added(members, address, { want: 'voter', replaces: old }, index);
}

function updated(
  members: Members,
  id: NodeId,
  change: (member: Member) => Partial<Member>,
): Members | Refusal {
  const member = members[id];
  if (member === undefined) return { refused: `${id} is not a member` };
  return { ...members, [id]: compact({ ...member, ...change(member) }) };
}

/** Learners become voters; those that they replace leave. */
export function promoted(members: Members, ids: readonly NodeId[]): Members {
  const replaced = ids.flatMap((id) => members[id]?.replaces ?? []);
  const after = mapMembers(members, (member, id) =>
    ids.includes(id) ? compact({ ...member, role: 'voter', want: 'voter', replaces: undefined }) : member,
  );
  return without(after, replaced);
}

/**
 * The configuration that leads to these members: their own if at most one voter changes, otherwise
 * a joint one.
 */
export function towards(from: Members, to: Members): Configuration {
  return votersChanged(from, to) <= 1 ? simple(from, to) : enterJoint(from, to);
}

/**
 * Both hold: the members before, and those after. Those who lose their vote have it until it ends.
 */
export function enterJoint(from: Members, to: Members): Configuration {
  const next = votersAmong(from).filter((id) => to[id]?.role === 'learner');
  if (next.length === 0) return { members: to, outgoing: from };
  const members = mapMembers(to, (member, id) => (next.includes(id) ? { ...member, role: 'voter' } : member));
  return { members, outgoing: from, next };
}

/** The joint configuration ends: what came in holds. */
export function leaveJoint(joint: Configuration): Configuration {
  return simple(joint.outgoing ?? joint.members, membersAfter(joint));
}

/** The joint configuration is given up: what was before holds again. */
export function abortJoint(joint: Configuration): Configuration {
  return simple(joint.members, joint.outgoing ?? joint.members);
}

function simple(from: Members, to: Members): Configuration {
  const leaving = without(from, Object.keys(to));
  return Object.keys(leaving).length === 0 ? { members: to } : { members: to, leaving };
}

function votersChanged(from: Members, to: Members): number {
  const before = votersAmong(from);
  const after = votersAmong(to);
  const lost = before.filter((id) => !after.includes(id));
  return lost.length + after.filter((id) => !before.includes(id)).length;
}

/** Whether two lists of members say the same. */
export function areSame(some: Members, others: Members): boolean {
  const ids = Object.keys(some);
  return ids.length === Object.keys(others).length && ids.every((id) => isSame(some[id], others[id]));
}

function isSame(one: Member | undefined, other: Member | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const keys = ['role', 'want', 'incarnation', 'url', 'zone', 'replaces'] as const;
  return keys.every((key) => one[key] === other[key]);
}

/** What makes it no configuration, in one line; undefined if it is one. */
export function invalid({ members, outgoing, next = [], leaving = {} }: Configuration): string | undefined {
  const [incoming, former] = votersOf({ members, outgoing, next });
  if (incoming.length === 0) return 'no voter would remain';
  if (former?.length === 0) return 'the outgoing half has no voter';
  if (next.some((id) => former?.includes(id) !== true || members[id]?.role !== 'voter')) {
    return 'who loses its vote must have one in both halves';
  }
  if (Object.keys(leaving).some((id) => members[id] !== undefined)) return 'a member cannot be leaving';
  const named = new Set([members, outgoing ?? {}, leaving].flatMap((some) => Object.keys(some)));
  if (named.size > MAX_MEMBERS) return `there would be more than ${MAX_MEMBERS} members`;
  const urls = Object.values(members).flatMap(({ url }) => url ?? []);
  const twice = urls.find((url, i) => urls.indexOf(url) !== i);
  return twice === undefined ? undefined : `${twice} would be the address of two members`;
}

function without(members: Members, ids: readonly NodeId[]): Members {
  return Object.fromEntries(Object.entries(members).filter(([id]) => !ids.includes(id)));
}

function mapMembers(members: Members, map: (member: Member, id: NodeId) => Member): Members {
  return Object.fromEntries(Object.entries(members).map(([id, member]) => [id, map(member, id)]));
}

/** Without the fields that are undefined: records on disk and messages have none. */
function compact(member: Member): Member {
  return Object.fromEntries(
    Object.entries(member).filter(([, value]) => value !== undefined),
  ) as unknown as Member;
}
