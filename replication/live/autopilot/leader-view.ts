/**
 * What a leader sees of its cluster, for decisions. Its windows begin with its leadership: nothing
 * that was seen in another term counts.
 */
import type { NodeId } from '../../../vm/index.ts';
import {
  type AutopilotSettings,
  isHealthy,
  type LoadWindow,
  type Member,
  type View,
} from '../../autopilot/index.ts';
import type { Members } from '../../members.ts';
import { isJoint } from '../../raft/configuration.ts';
import { effective, lastIndex, termAt } from '../../raft/log.ts';
import type { Progress } from '../../raft/progress.ts';
import type { RaftState } from '../../raft/state.ts';

/** What is not in the state of the protocol. */
export interface Surroundings {
  readonly isPaused: boolean;
  readonly isDiskFull: boolean;
  /** Whether there is something that starts replicas. */
  readonly canStart: boolean;
  readonly windows: readonly LoadWindow[];
}

/** The eyes of a leader in one term. */
export class LeaderView {
  readonly term: number;
  readonly #self: NodeId;
  /** When it began to lead, and since when each member has been healthy (ticks). */
  readonly #since: number;
  readonly #healthySince = new Map<NodeId, number>();
  /** Learners that have not been heard of yet. */
  #unheard: ReadonlySet<NodeId> = new Set();
  #failedStarts = 0;
  #failedAt: number;
  #desiredReaders: number | undefined;
  #scaledAt: number;

  constructor(self: NodeId, { hard, tickedAt }: RaftState) {
    this.#self = self;
    this.term = hard.term;
    this.#since = tickedAt;
    this.#scaledAt = tickedAt;
    this.#failedAt = tickedAt;
  }

  /** A replica could not be started, or was given up before it was heard of. */
  startFailed({ tickedAt }: RaftState): void {
    this.#failedStarts++;
    this.#failedAt = tickedAt;
  }

  /** Notes how many readers there are to be by a decision of now. */
  scaled(desiredReaders: number, { tickedAt }: RaftState): void {
    if (this.#desiredReaders !== undefined && this.#desiredReaders !== desiredReaders)
      this.#scaledAt = tickedAt;
    this.#desiredReaders = desiredReaders;
  }

  /**
   * The view as of the last tick. It must be taken often: a break in a member's health is seen so.
   */
  look(state: RaftState, settings: AutopilotSettings, around: Surroundings): View {
    const { log, tickedAt, requests } = state;
    const { index, configuration } = effective(log);
    const members = this.#members(state, configuration.members, around).map((member) =>
      this.#watched(member, tickedAt, settings),
    );
    for (const id of this.#healthySince.keys())
      if (configuration.members[id] === undefined) this.#healthySince.delete(id);
    this.#watchStarts(members, state);
    return {
      leader: this.#self,
      leaderTicks: tickedAt - this.#since,
      isSettled: termAt(log, log.commit) === state.hard.term,
      isChanging: index > log.commit || isJoint(configuration),
      isTransferring: requests.transfer !== undefined,
      isPaused: around.isPaused,
      members,
      // A round begins when what was started is a member: there is nothing in between.
      starting: [],
      canStart: around.canStart,
      failedStarts: this.#failedStarts,
      sinceFailedTicks: tickedAt - this.#failedAt,
      desiredReaders: this.#desiredReaders,
      windows: around.windows,
      sinceScaledTicks: tickedAt - this.#scaledAt,
    };
  }

  /** A learner that comes to be heard of has been started; one that is removed before has not. */
  #watchStarts(members: readonly Member[], state: RaftState): void {
    const learners = members.filter(({ role }) => role === 'learner');
    for (const id of this.#unheard) {
      const member = members.find((one) => one.id === id);
      if (member === undefined) this.startFailed(state);
      else if (member.isHeard) this.#failedStarts = 0;
    }
    this.#unheard = new Set(learners.flatMap(({ id, isHeard }) => (isHeard ? [] : [id])));
  }

  #members(state: RaftState, members: Members, { isDiskFull }: Surroundings): Member[] {
    const { election, leadership } = state;
    return Object.entries(members).map(([id, { role, want, zone }]): Member => {
      const common = { id, role, want, ...(zone !== undefined && { zone }), healthyTicks: 0 };
      if (id === this.#self) {
        const disk = isDiskFull ? 'full' : 'ok';
        const own = {
          silentTicks: 0,
          isHeard: true,
          isSameTerm: true,
          lag: 0,
          isDraining: election.drained,
          isChecked: true,
        };
        return { ...common, ...own, disk };
      }
      return { ...common, ...heardOf(state, leadership?.progress[id], want) };
    });
  }

  /** The member, with how long it has been healthy without a break. */
  #watched(member: Member, now: number, settings: AutopilotSettings): Member {
    if (!isHealthy(member, settings)) {
      this.#healthySince.delete(member.id);
      return member;
    }
    const since = this.#healthySince.get(member.id) ?? now;
    this.#healthySince.set(member.id, since);
    return { ...member, healthyTicks: now - since };
  }
}

/**
 * What the leader has heard of another one. The disk of one that cannot write shows in its lag; a
 * reader's copy is checked by the protocol before it votes, and a learner's that is to vote
 * already.
 */
function heardOf(
  { log, tickedAt }: RaftState,
  progress: Progress | undefined,
  want: Member['want'],
): Pick<Member, 'silentTicks' | 'isHeard' | 'isSameTerm' | 'lag' | 'disk' | 'isDraining' | 'isChecked'> {
  const last = lastIndex(log);
  const { heardAt = tickedAt, match = 0, drained, learning, recovering } = progress ?? {};
  return {
    silentTicks: Math.max(0, tickedAt - heardAt),
    isHeard: drained !== undefined,
    isSameTerm: drained !== undefined && (recovering === undefined || want === 'learner'),
    lag: last - match,
    disk: 'ok',
    isDraining: drained === true,
    isChecked: want === 'learner' || learning?.phase === 'ready',
  };
}
