/**
 * Cluster membership: what two machines must agree on before a link between them may carry
 * anything.
 *
 * Machines whose data belongs to different clusters are two clusters. So are machines that were
 * started with different members, for as long as those count: until the program says by a roster
 * who belongs to it. Were they linked, both could count the same replica towards a majority of
 * their own.
 */
import type { NodeId } from '../clock.ts';

/** What a machine is a part of. */
export interface Identity {
  readonly self: NodeId;
  /** The name of the cluster or run. */
  readonly cluster: string;
  /**
   * The cluster's own id, chosen when it was bootstrapped; undefined as long as this machine does
   * not know it.
   */
  readonly clusterId: string | undefined;
  /** The version of its roster: 0 for the members that it was started with. */
  readonly version: number;
  /** The members of that, itself included. */
  readonly members: readonly Member[];
}

/** A machine and where it listens, as `http://host:port`. */
export interface Member {
  readonly id: NodeId;
  readonly url: string;
  /** The version of the roster that added it. Default: it was there from the beginning. */
  readonly incarnation?: number | undefined;
}

/** One start of a machine on one disk. */
export interface Start {
  /** Distinguishes the disk from every other, but not from its copies. */
  readonly serial: string;
  /** How many times it has been started from. */
  readonly boot: number;
  /** Distinguishes this start from every other. */
  readonly nonce: string;
}

/** How many characters of a cluster id are shown. */
const SHOWN = 8;

/**
 * Why two machines do not belong together, in one line that names both; undefined if they may. The
 * order makes no difference.
 */
export function difference(one: Identity, other: Identity): string | undefined {
  const [a, b] = one.self < other.self ? [one, other] : [other, one];
  if (a.cluster !== b.cluster) return `${a.self} belongs to ${a.cluster}, ${b.self} to ${b.cluster}`;
  if (a.version === 0 && b.version === 0 && list(a) !== list(b))
    return `${a.self} was started with the members ${list(a)}, ${b.self} with ${list(b)}: start all with the same members`;
  if (a.clusterId === undefined || b.clusterId === undefined || a.clusterId === b.clusterId) return undefined;
  const [ours, theirs] = [shortId(a.clusterId), shortId(b.clusterId)];
  return (
    `the data of ${a.self} belongs to cluster ${ours}, that of ${b.self} to cluster ${theirs}: ` +
    'start the wrong one with its own data directory, or with an empty one'
  );
}

/** The members, in an order that does not depend on how they were given. */
function list({ members }: Identity): string {
  return members
    .map(({ id, url }) => `${id}=${url}`)
    .sort()
    .join(',');
}

/**
 * Whether `one` may take `other` for a machine of its cluster; they do not differ otherwise. It is
 * one of its members, and not a former holder of the name. Or it has a later roster, and so may be
 * a leader that `one` has not heard of yet.
 */
export function mayBelong(one: Identity, other: Identity): boolean {
  if (other.self === one.self) return false;
  const known = memberOf(one, other.self);
  if (known === undefined) return other.clusterId !== undefined && other.version > one.version;
  const says = memberOf(other, other.self)?.incarnation;
  return says === undefined || says >= (known.incarnation ?? 0);
}

/** A member by its id; undefined if it is none. */
export function memberOf({ members }: Pick<Identity, 'members'>, id: NodeId): Member | undefined {
  return members.find((member) => member.id === id);
}

/** A cluster id in short, for messages. */
export function shortId(clusterId: string): string {
  return clusterId.slice(0, SHOWN);
}

/**
 * Why a start must be on data that is older than what the machine has had since; undefined if there
 * is no sign of it. `last`: the latest start of the same machine that was seen.
 */
export function setBack(self: NodeId, start: Start, last: Start | undefined): string | undefined {
  if (last?.serial !== start.serial || last.nonce === start.nonce || start.boot > last.boot) return undefined;
  return (
    `the data of ${self} is an old copy: this is start ${start.boot} of it, and start ${last.boot} has been seen. ` +
    'It has forgotten what it acknowledged since: start it with an empty data directory, and it recovers'
  );
}
