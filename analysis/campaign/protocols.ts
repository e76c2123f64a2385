/** The protocols that a campaign can try, over the key-value machine. */
import type { Protocol } from '../../replication/protocol.ts';
import { createRaft } from '../../replication/raft/raft.ts';
import { raftOfScenario, raftSubject } from '../../replication/scenario-protocols.ts';
import { chance, type RandomState } from '../../vm/random.ts';
import type { SettingValue, Subject, SubjectOptions } from '../../vm/sim/scenario/subject.ts';
import { type Aim, pick } from './plan.ts';

/** Settings by name, as scenarios set them. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** A protocol as campaigns use it. */
export interface CampaignProtocol {
  /** As scenarios call it. */
  readonly name: string;
  /** Settings for a run, so low at times that limits are reached. */
  draw(random: RandomState, aim: Aim): Settings;
  create(settings: Settings): Protocol<unknown, unknown>;
  /** The same as what scenarios are about. */
  subject(options: SubjectOptions): Subject;
}

/** Raft, made by `create`: tests hand over one with a bug in it. */
export function campaignRaft(create: typeof createRaft): CampaignProtocol {
  return {
    name: 'raft',
    draw: drawRaft,
    create: (settings) => raftOfScenario(create, { pace: 'quick', settings }),
    subject: (options) => raftSubject(create, options),
  };
}

function drawRaft(random: RandomState, aim: Aim): Settings {
  return {
    eager: chance(random, 0.75),
    electionTicks: pick(random, [
      [15, 30],
      [6, 7],
      [6, 24],
    ]),
    requestTicks: pick(random, [30, 100, 500]),
    // One entry at a time, a leader can be struck between any two.
    maxEntriesPerAppend: aim === 'leaders' ? 1 : pick(random, [1, 2, 1_000]),
    maxAppendsInFlight: pick(random, [1, 8]),
    maxWaiting: pick(random, [3, 1_000]),
    maxSessions: pick(random, [2, 1_000]),
    maxBytesPerAppend: pick(random, [60, 2 ** 20]),
    maxLogEntries: pick(random, [4, 12, 10_000]),
    maxBytesPerPage: pick(random, [30, 2 ** 16]),
    tellCommits: chance(random, 0.3),
  };
}

/** By name. */
export const CAMPAIGN_PROTOCOLS: Readonly<Record<string, CampaignProtocol>> = {
  raft: campaignRaft(createRaft),
};
