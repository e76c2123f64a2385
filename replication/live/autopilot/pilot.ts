/**
 * The rounds of a replica's autopilot. It lives by the clock of the protocol: after a step in which
 * the leader's clock has moved on by a second, it looks and decides. One decision is carried out at
 * a time; until that has ended nothing else is decided.
 */
import { type EventFields, type NodeId, reason, writeDetail } from '../../../vm/index.ts';
import {
  type Action,
  type AutopilotSettings,
  DECISION_KINDS,
  type Decision,
  decide,
  isDead,
  isHealthy,
  isPaused,
  isStable,
  namedSettings,
  pauseChanges,
  settingChanges,
  settingsOf,
  type View,
} from '../../autopilot/index.ts';
import { ReplicationError } from '../../errors.ts';
import type { Policy, PolicyChanges } from '../../protocol.ts';
import { votersOf } from '../../raft/configuration.ts';
import { effective } from '../../raft/log.ts';
import type { RaftState } from '../../raft/state.ts';
import type { ReplicaAddress } from '../../replication.ts';
import { carryOut, type Hands, StartError } from './carry-out.ts';
import { LeaderView } from './leader-view.ts';
import { Loads } from './loads.ts';
import type { PilotVitals } from './pilot-vitals.ts';
import type { AutopilotRequest } from './request.ts';

/** Options of an autopilot. */
export interface PilotOptions extends Hands {
  readonly self: NodeId;
  /** Ticks a second. */
  readonly rate: number;
  /** Settings in place of the usual ones, where the cluster has none. */
  readonly defaults?: Partial<AutopilotSettings> | undefined;
  readonly state: () => RaftState;
  readonly members: () => readonly ReplicaAddress[];
  readonly isDiskFull: () => boolean;
  /** How many requests a replica takes at once. */
  readonly mostPending: number;
  readonly policy: () => Policy;
  readonly setPolicy: (changes: PolicyChanges) => Promise<unknown>;
  /** Writes a row of the event log. */
  readonly note: (fields: EventFields) => void;
  readonly onNotice: (line: string) => void;
}

/** After a decision that could not be carried out there is none for so long (seconds). */
const AGAIN_S = 5;

/** The autopilot of one replica. */
export class Pilot {
  readonly #options: PilotOptions;
  readonly #decisions = new Map<string, number>(DECISION_KINDS.map((kind) => [kind, 0]));
  #leader: LeaderView | undefined;
  #loads: Loads;
  /** When the next round and the next window are due (ticks). */
  #roundAt = 0;
  #windowAt = 0;
  #notBefore = 0;
  #held: readonly string[] = [];
  /** What was noted last, as text. */
  #noted = '';
  #doing: Action | undefined;
  #last: { readonly action: Action; readonly outcome: string } | undefined;

  constructor(options: PilotOptions) {
    this.#options = options;
    this.#loads = new Loads(options.mostPending);
  }

  /** A step of the protocol has ended. Costs a comparison or two. */
  step(state: RaftState): void {
    if (state.leadership === undefined) {
      if (this.#leader !== undefined) this.#forget();
      return;
    }
    const { rate } = this.#options;
    if (this.#leader?.term !== state.hard.term) {
      this.#forget();
      this.#leader = new LeaderView(this.#options.self, state);
      this.#roundAt = state.tickedAt + rate;
      this.#windowAt = state.tickedAt;
    }
    if (state.tickedAt < this.#roundAt) return;
    this.#roundAt = state.tickedAt + rate;
    setImmediate(() => this.#round());
  }

  vitals(): PilotVitals {
    return { decisions: this.#decisions, held: this.#leader && this.#held };
  }

  /**
   * What it would do next, what holds it back and what it does. Throws a `ReplicationError` where
   * another replica leads.
   */
  status(): object {
    const { view, settings, policy } = this.#see();
    const { action, held, desiredReaders } = decide({ ...view, isPaused: false }, settings);
    return {
      leader: view.leader,
      paused: isPaused(policy),
      canStart: view.canStart,
      next: action ?? null,
      held,
      doing: this.#doing ?? null,
      last: this.#last ?? null,
      desiredReaders,
      settings: namedSettings(settings, this.#options.rate),
      members: view.members.map((member) => ({
        id: member.id,
        role: member.role,
        state: stateOf(member, view, settings),
        silentSeconds: Math.floor(member.silentTicks / this.#options.rate),
        lag: member.lag,
      })),
    };
  }

  /** Changes what the cluster keeps of its autopilot. Rejects with a `ReplicationError`. */
  async change(request: AutopilotRequest): Promise<object> {
    const { rate, policy, state, setPolicy } = this.#options;
    const voters = votersOf(effective(state().log).configuration)[0].length;
    if ('paused' in request) await setPolicy(pauseChanges(request.paused, policy(), voters));
    else await setPolicy(checked(() => settingChanges(request.set, policy(), rate, voters)));
    return { paused: isPaused(policy()), settings: namedSettings(this.#settings(policy()), rate) };
  }

  #settings(policy: Policy): AutopilotSettings {
    const { rate, state, defaults } = this.#options;
    const [voters] = votersOf(effective(state().log).configuration);
    return settingsOf(policy, rate, voters.length, defaults);
  }

  #forget(): void {
    this.#leader = undefined;
    this.#loads = new Loads(this.#options.mostPending);
    this.#held = [];
    this.#noted = '';
    this.#last = undefined;
  }

  #see(): { readonly view: View; readonly settings: AutopilotSettings; readonly policy: Policy } {
    const { state, isDiskFull, provisioner, policy: kept, self } = this.#options;
    if (this.#leader === undefined) {
      const { leader } = state().election;
      throw new ReplicationError(
        'NoLeader',
        `${self} does not lead${leader === undefined ? '' : `: ask ${leader}`}`,
      );
    }
    const policy = kept();
    const settings = this.#settings(policy);
    const view = this.#leader.look(state(), settings, {
      isPaused: isPaused(policy),
      isDiskFull: isDiskFull(),
      canStart: provisioner !== undefined,
      windows: this.#loads.windows,
    });
    return { view, settings, policy };
  }

  #round(): void {
    const leader = this.#leader;
    const state = this.#options.state();
    if (leader === undefined || state.hard.term !== leader.term) return;
    const { view, settings } = this.#see();
    if (state.tickedAt >= this.#windowAt && !view.isPaused) {
      this.#windowAt = state.tickedAt + settings.windowTicks;
      void this.#loads.sample(this.#options.members());
    }
    if (this.#doing !== undefined || state.tickedAt < this.#notBefore) return;
    const decision = decide(view, settings);
    this.#held = decision.held.map(({ reason: why }) => why);
    if (view.isPaused) return;
    leader.scaled(decision.desiredReaders, state);
    this.#note(decision, view, settings);
    if (decision.action !== undefined) void this.#carryOut(decision.action, leader);
  }

  /**
   * A decision to act, and a change of what is held back, is a row from which it can be made again.
   */
  #note(decision: Decision, view: View, settings: AutopilotSettings): void {
    const { action } = decision;
    const decided = JSON.stringify(decision);
    if (action !== undefined) {
      const kind = `${action.class}-${action.do}`;
      this.#decisions.set(kind, (this.#decisions.get(kind) ?? 0) + 1);
    } else if (decided === this.#noted) return;
    this.#noted = decided;
    const detail = writeDetail({ decided, seen: JSON.stringify(view), settings: JSON.stringify(settings) });
    this.#options.note({ kind: action?.do ?? 'hold', peer: memberIn(action), detail });
  }

  async #carryOut(action: Action, leader: LeaderView): Promise<void> {
    const { state, members, rate, onNotice } = this.#options;
    const { cluster, log } = state();
    this.#doing = action;
    let outcome: string;
    try {
      outcome = await carryOut(
        action,
        {
          cluster: cluster.id ?? '',
          config: effective(log).index,
          members: members(),
          isCurrent: () => this.#leader === leader,
        },
        this.#options,
      );
    } catch (error) {
      outcome = `not done: ${reason(error)}`;
      if (error instanceof StartError) leader.startFailed(state());
      this.#notBefore = state().tickedAt + AGAIN_S * rate;
    }
    this.#doing = undefined;
    this.#last = { action, outcome };
    onNotice(`autopilot: ${outcome}`);
  }
}

/** The member that an action is about, if it is one. */
function memberIn(action: Action | undefined): NodeId | undefined {
  switch (action?.do) {
    case 'start':
      return action.instead;
    case 'promote':
    case 'demote':
      return action.ids.join(' ');
    case 'remove':
      return action.id;
    case 'transfer':
      return action.to;
    case undefined:
      return undefined;
  }
}

function stateOf(member: View['members'][number], view: View, settings: AutopilotSettings): string {
  if (isDead(member, view, settings)) return 'dead';
  if (!isHealthy(member, settings)) return 'not healthy';
  return isStable(member, view, settings) ? 'stable' : 'healthy';
}

function checked<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new ReplicationError('Rejected', reason(error));
  }
}
