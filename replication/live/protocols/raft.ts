/** Raft in real time: with an autopilot, and with advice when a majority has lost its data. */
import { randomUUID } from 'node:crypto';
import { shellWord } from '../../ops/shell-word.ts';
import type { Protocol } from '../../protocol.ts';
import { createRaft, type RaftState } from '../../raft/index.ts';
import { effective } from '../../raft/log.ts';
import { liveTiming } from '../../raft/timing.ts';
import type { StateMachine } from '../../state-machine.ts';
import { Pilot } from '../autopilot/pilot.ts';
import { LeaderWatch } from '../http/leader-watch.ts';
import type { Follower } from '../http/vitals.ts';
import type { Attendant, Attended, LiveProtocol, LiveRun } from './live-protocol.ts';
import { LostMajority } from './lost-majority.ts';

/** A healthy follower was heard from within this time (ms), and is at most so far behind. */
const HEARD_MS = 2_000;
const MOST_LAG = 250;

export const RAFT: LiveProtocol = {
  name: 'raft',
  create<C, R, Q, A>(machine: StateMachine<C, R, Q, A>, { rate, timing, replicas }: LiveRun) {
    const protocol: unknown = createRaft(machine, {
      ...liveTiming(rate, timing),
      newClusterId: randomUUID(),
      addresses: Object.fromEntries(replicas.map(({ id, url }) => [id, url])),
    });
    return protocol as Protocol<unknown, unknown, C, R, Q, A>;
  },
  attend,
};

function attend(replica: Attended): Attendant {
  const { self, rate, secret, autopilot, took, onNotice } = replica;
  const state = () => replica.state() as RaftState;
  const members = () => replica.status().replicas;
  const watch = new LeaderWatch(took);
  const lostMajority = new LostMajority({
    ...{ self, rate, secret, members },
    onLost: (lost) => onNotice(adviceFor(replica, lost)),
  });
  const pilot = new Pilot({
    ...{ self, rate, state, members, onNotice },
    ...{ provisioner: autopilot.provisioner, defaults: autopilot.defaults },
    mostPending: replica.mostPending,
    isDiskFull: replica.isDiskFull,
    policy: replica.policy,
    setPolicy: replica.setPolicy,
    changeMembers: replica.changeMembers,
    transfer: replica.transfer,
    note: (fields) => replica.note('decision', fields),
  });
  return {
    step(present) {
      const raft = present as RaftState;
      const { hard, election, snapshot } = raft;
      watch.step(election.leader, hard.term, snapshot.view !== undefined, snapshot.receiving !== undefined);
      pilot.step(raft);
      lostMajority.step(raft);
    },
    vitals() {
      const { configuration, index } = effective(state().log);
      return {
        ...{ configuration, configIndex: index },
        isReceiving: state().snapshot.receiving !== undefined,
        followers: followersOf(state(), rate),
        leaderChanges: watch.leaderChanges,
        autopilot: pilot.vitals(),
      };
    },
    autopilot: pilot,
  };
}

/** A leader's followers; undefined for others. `rate`: ticks a second of its clock. */
function followersOf({ log, leadership, tickedAt }: RaftState, rate: number): Follower[] | undefined {
  if (leadership === undefined) return undefined;
  const last = log.base.index + log.entries.length;
  return Object.entries(leadership.progress).map(([id, { heardAt, match, recovering }]) => {
    const lag = last - match;
    const isHeard = tickedAt - heardAt <= (HEARD_MS * rate) / 1_000;
    return { id, lag, isHealthy: isHeard && lag <= MOST_LAG && recovering === undefined };
  });
}

/** What to do when so many have lost their data that no leader can be elected. */
function adviceFor({ self, data, status }: Attended, lost: readonly string[]): string {
  const url = status().replicas.find(({ id }) => id === self)?.url;
  const why = `no leader can be elected: ${lost.join(' and ')} lost the data, and the others are no majority`;
  if (data === undefined) return why;
  const command = `npx tickraft recover --data ${shellWord(data)} --id ${self} --force-members ${self}=${url}`;
  return `${why}; this replica is whole: if no other comes back, stop all and run ${command}`;
}
