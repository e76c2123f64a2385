/** The members of a replica's cluster, and whether it is one, by the state of its protocol. */
import type { NodeId, Roster } from '../../vm/index.ts';
import type { Protocol } from '../protocol.ts';
import type { ReplicaAddress } from '../replication.ts';

/** What a roster says. */
interface Seen {
  readonly roster: Roster | undefined;
  readonly replicas: readonly ReplicaAddress[];
  readonly isMember: boolean;
}

/** The members, worked out anew only when they change. */
export class MemberList<S> {
  readonly #protocol: Pick<Protocol<S, never>, 'roster' | 'view'>;
  readonly #self: NodeId;
  readonly #founders: readonly ReplicaAddress[];
  #seen: Seen | undefined;

  constructor(
    protocol: Pick<Protocol<S, never>, 'roster' | 'view'>,
    self: NodeId,
    founders: readonly ReplicaAddress[],
  ) {
    this.#protocol = protocol;
    this.#self = self;
    this.#founders = founders;
  }

  /** Where the members are; the same list for as long as it says the same. */
  replicas(state: S): readonly ReplicaAddress[] {
    return this.#look(state).replicas;
  }

  /** What to tell who started it with other members than there are; undefined otherwise. */
  difference(state: S): string | undefined {
    const { roster } = this.#look(state);
    const [given, present] = [listed(this.#founders), listed(this.replicas(state))];
    if (roster === undefined || roster.version === 0 || given === present) return undefined;
    return `started with the members ${given}, but those of log entry ${roster.version} count: ${present}`;
  }

  /**
   * Whether it is committed that this replica is no member. One that is being added passes entries
   * that do not have it yet: it is recovering until it has all.
   */
  isRemoved(state: S): boolean {
    if (this.#look(state).isMember) return false;
    const { configuration, commit, recovery } = this.#protocol.view(state);
    return recovery === 'normal' && commit >= configuration!.index;
  }

  #look(state: S): Seen {
    const roster = this.#protocol.roster?.(state);
    if (this.#seen === undefined || this.#seen.roster !== roster) this.#seen = this.#read(state, roster);
    return this.#seen;
  }

  #read(state: S, roster: Roster | undefined): Seen {
    const { configuration } = this.#protocol.view(state);
    if (configuration === undefined || roster === undefined || roster.version === 0) {
      return { roster, replicas: this.#founders, isMember: true };
    }
    const { voters, learners, outgoing = [] } = configuration;
    const ids = new Set([...voters, ...learners, ...outgoing]);
    const replicas = roster.members.filter(({ id }) => ids.has(id)).map(({ id, url }) => ({ id, url }));
    return { roster, replicas, isMember: ids.has(this.#self) };
  }
}

function listed(replicas: readonly ReplicaAddress[]): string {
  return replicas
    .map(({ id, url }) => `${id}=${url}`)
    .sort()
    .join(',');
}
