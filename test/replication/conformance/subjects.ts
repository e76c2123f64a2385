/**
 * The protocols with the settings that change what they guarantee, and which requirements each does
 * not meet: why, and the scenario that shows it. docs/reference/protocols.md is made of this.
 */
import type { RequirementName, Tested } from './requirements.ts';

/** Why a requirement is not met, and the scenario of `test/golden/` that shows it. */
export interface Lack {
  readonly why: string;
  readonly story?: string;
}

/** A protocol with settings, and what it lacks. */
export interface Subject extends Tested {
  readonly name: string;
  readonly lacks: Partial<Readonly<Record<RequirementName, Lack>>>;
}

const NEEDS_MAJORITY: Lack = { why: 'without a majority nobody leads: it could not know of the others' };

const SOLE_SURVIVORS = 'primary-backup-sole-survivors';
const SPLITS = 'lowest-port-splits';

const NO_TERMS: Lack = { why: 'there are no terms: in a partition each part has a master', story: SPLITS };

/** What no quorum helps against. */
const NO_ORDER = {
  'one-leader': { why: 'nobody leads' },
  once: { why: 'no log remembers what ran: a retry runs again', story: 'nwr-retry-runs-again' },
  'both-kept': {
    why: 'two coordinators do not see each other, and the last writer takes all',
    story: 'nwr-loses-an-update',
  },
} as const;

export const SUBJECTS: readonly Subject[] = [
  { name: 'raft', protocol: 'raft', settings: {}, lacks: { 'two-down': NEEDS_MAJORITY } },
  {
    name: 'primary-backup, ack all-alive',
    protocol: 'primary-backup',
    settings: {},
    lacks: { 'two-down': NEEDS_MAJORITY },
  },
  {
    name: 'primary-backup, ack majority',
    protocol: 'primary-backup',
    settings: { ack: 'majority' },
    lacks: { 'two-down': NEEDS_MAJORITY },
  },
  {
    name: 'primary-backup, ack primary',
    protocol: 'primary-backup',
    settings: { ack: 'primary' },
    lacks: {
      'two-down': NEEDS_MAJORITY,
      durable: {
        why: 'the primary answers before any backup has the command',
        story: 'primary-backup-ack-primary-loses',
      },
      linearizable: {
        why: 'a primary that was deposed answers reads until it knows',
        story: 'primary-backup-ack-primary-reads-old',
      },
      once: { why: 'what the next primary lacks it runs again', story: 'primary-backup-ack-primary-loses' },
    },
  },
  {
    name: 'primary-backup, soleSurvivor on',
    protocol: 'primary-backup',
    settings: { soleSurvivor: true },
    lacks: {
      durable: { why: 'when the parts of a partition meet, one gives way', story: SOLE_SURVIVORS },
      'one-leader': { why: 'each part of a partition elects a primary', story: SOLE_SURVIVORS },
      linearizable: { why: 'each part reads what it has', story: SOLE_SURVIVORS },
      once: { why: 'each part runs it', story: SOLE_SURVIVORS },
    },
  },
  {
    name: 'lowest-port',
    protocol: 'lowest-port',
    settings: {},
    lacks: {
      durable: { why: 'the lower id replaces the state of the others when they meet', story: SPLITS },
      'one-leader': NO_TERMS,
      linearizable: { why: 'a master asks nobody whether it still leads', story: SPLITS },
      once: { why: 'each part of a partition runs it', story: 'lowest-port-answers-twice' },
    },
  },
  {
    name: 'nwr, quorum 3/2/2',
    protocol: 'nwr',
    settings: {},
    lacks: {
      ...NO_ORDER,
      'two-down': { why: 'two copies must acknowledge' },
    },
  },
  {
    name: 'nwr, quorum 3/1/1',
    protocol: 'nwr',
    settings: { quorum: '3/1/1' },
    lacks: {
      ...NO_ORDER,
      linearizable: {
        why: 'the copy that is read need not be the one that was written',
        story: 'nwr-reads-old',
      },
    },
  },
];
