/**
 * Notices that no leader can be elected any more: so many voters have lost their data that those
 * that may still have theirs are no majority. Each needs a leader to get it back, so this does not
 * heal by itself, and a replica that is whole says how to go on.
 */
import { z } from 'zod';
import type { NodeId } from '../../../vm/index.ts';
import { greetingHeaders } from '../../../vm/live/index.ts';
import { effective } from '../../raft/log.ts';
import { isQuorum, type Voters } from '../../raft/quorum.ts';
import type { RaftState } from '../../raft/state.ts';
import type { ReplicaAddress } from '../../replication.ts';

/** What it watches with. */
export interface LostMajorityOptions {
  readonly self: NodeId;
  /** Ticks a second. */
  readonly rate: number;
  readonly secret: string | undefined;
  readonly members: () => readonly ReplicaAddress[];
  /** Called once, with those that have lost their data. */
  readonly onLost: (lost: readonly NodeId[]) => void;
}

/**
 * How long there has been no leader before the others are asked, and how often that is (seconds).
 */
const LEADERLESS_S = 5;
/** How long a member may take to answer (ms). */
const ANSWER_MS = 2_000;

const statusSchema = z.object({ id: z.string(), recovery: z.enum(['new', 'recovering', 'normal']) });
type Recovery = z.infer<typeof statusSchema>['recovery'];

/** Watches one replica. */
export class LostMajority {
  readonly #options: LostMajorityOptions;
  #askAt: number | undefined;
  #isTold = false;

  constructor(options: LostMajorityOptions) {
    this.#options = options;
  }

  /** A step of the protocol has ended. Costs a comparison or two. */
  step({ hard, election, tickedAt, log }: RaftState): void {
    if (this.#isTold || election.leader !== undefined || hard.recovery !== 'normal') {
      this.#askAt = undefined;
      return;
    }
    const wait = LEADERLESS_S * this.#options.rate;
    this.#askAt ??= tickedAt + wait;
    if (tickedAt < this.#askAt) return;
    this.#askAt = tickedAt + wait;
    void this.#ask(effective(log).halves);
  }

  async #ask(halves: Voters): Promise<void> {
    const { self, secret, members, onLost } = this.#options;
    const others = members().filter(({ id }) => id !== self);
    const answers = await Promise.all(others.map(({ id, url }) => recoveryAt(id, url, secret)));
    const said = new Map(others.map(({ id }, i) => [id, answers[i]] as const));
    const lost = lostFor(halves, (id) => said.get(id));
    if (lost === undefined || this.#isTold || this.#askAt === undefined) return;
    this.#isTold = true;
    onLost(lost);
  }
}

/**
 * The voters that have lost their data, if without them there is no majority, even if all that do
 * not answer are whole; undefined otherwise. `recoveryOf`: undefined for those that say nothing.
 */
export function lostFor(
  halves: Voters,
  recoveryOf: (id: NodeId) => Recovery | undefined,
): readonly NodeId[] | undefined {
  const isLost = (id: NodeId) => !['normal', undefined].includes(recoveryOf(id));
  if (isQuorum(halves, (id) => !isLost(id))) return undefined;
  return [...new Set(halves.flat())].filter(isLost);
}

async function recoveryAt(
  id: NodeId,
  url: string,
  secret: string | undefined,
): Promise<Recovery | undefined> {
  const headers = greetingHeaders(secret === undefined ? {} : { secret });
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(`${url}/admin/status`, { method: 'POST', headers, signal });
    const status = statusSchema.safeParse(await response.json()).data;
    return status?.id === id ? status.recovery : undefined;
  } catch {
    return undefined;
  }
}
