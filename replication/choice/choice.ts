/**
 * Which protocol replicates a cluster, and with which settings: what the library's options and the
 * flags of the command line say. Every replica of a cluster must be given the same.
 */
import { z } from 'zod';
import { CONFLICTS, readQuorum } from '../nwr/settings.ts';
import { ACKS } from '../primary-backup/settings.ts';

/** The protocols that a live cluster can run. */
export const PROTOCOL_NAMES = ['raft', 'primary-backup', 'lowest-port', 'nwr'] as const;

/** One of them. */
export type ProtocolName = (typeof PROTOCOL_NAMES)[number];

/** Settings that change what a protocol guarantees. Each belongs to one protocol. */
export interface ProtocolSettings {
  /** Of `primary-backup`: whom the primary waits for. Default: `all-alive`. */
  readonly ack?: (typeof ACKS)[number] | undefined;
  /** Of `primary-backup`: whether the last replica leads alone. Default: false. */
  readonly soleSurvivor?: boolean | undefined;
  /**
   * Of `nwr`: `N/W/R`, copies, acknowledgements and answers. Default: a copy on each replica, and
   * most of them for the others: `5/3/3` of five.
   */
  readonly quorum?: string | undefined;
  /**
   * Of `nwr`: what becomes of values that were written without knowing of each other. Default:
   * `last-writer`. With `siblings` the state machine must understand values `{ siblings: [...] }`.
   */
  readonly conflicts?: (typeof CONFLICTS)[number] | undefined;
  /** Of `nwr`: whether others take the place of silent replicas. Default: true. */
  readonly handoff?: boolean | undefined;
}

/** What a replica may be asked for that not every protocol can do. */
export type Ability = 'members' | 'autopilot' | 'backup' | 'lease' | 'elections';

/** A protocol as it may be chosen. */
interface Choice {
  readonly settings: z.ZodType<ProtocolSettings>;
  /** What it cannot do, and why, in words for people. */
  readonly lacks: Partial<Readonly<Record<Ability, string>>>;
}

const quorum = z.string().refine(isQuorum, 'must be N/W/R such as 3/2/2, with W and R from 1 to N');

const FIXED_MEMBERS = {
  members: 'it cannot change its members: they are those that it was started with',
  autopilot: 'it has no autopilot: it cannot change its members',
  backup: 'it cannot be backed up: copy the data directory of a replica that is stopped',
  lease: 'it has no leases',
} as const;

/** The protocols. */
export const CHOICES: Readonly<Record<ProtocolName, Choice>> = {
  raft: { settings: z.strictObject({}), lacks: {} },
  'primary-backup': {
    settings: z.strictObject({ ack: z.enum(ACKS).optional(), soleSurvivor: z.boolean().optional() }),
    lacks: FIXED_MEMBERS,
  },
  'lowest-port': { settings: z.strictObject({}), lacks: FIXED_MEMBERS },
  nwr: {
    settings: z.strictObject({
      quorum: quorum.optional(),
      conflicts: z.enum(CONFLICTS).optional(),
      handoff: z.boolean().optional(),
    }),
    lacks: { ...FIXED_MEMBERS, elections: 'it has no elections and no heartbeats' },
  },
};

/** What is wrong with these settings, in one line; undefined if nothing is. */
export function flawOf(
  name: ProtocolName,
  given: ProtocolSettings,
): { readonly setting: string; readonly why: string } | undefined {
  const { error } = CHOICES[name].settings.safeParse(withoutUndefined(given));
  const issue = error?.issues[0];
  if (issue === undefined) return undefined;
  if (issue.code === 'unrecognized_keys') return { setting: issue.keys[0]!, why: `is no setting of ${name}` };
  const why = issue.code === 'invalid_value' ? `must be one of ${issue.values.join(', ')}` : issue.message;
  return { setting: String(issue.path[0]), why };
}

function withoutUndefined(given: ProtocolSettings): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function isQuorum(text: string): boolean {
  try {
    readQuorum(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The name under which the replicas of a cluster know each other, and that their data directories
 * have: replicas of another protocol, and their data, are refused by it. Raft was the only protocol
 * once, and is not named.
 */
export function nameOfRun(cluster: string, protocol: ProtocolName): string {
  return protocol === 'raft' ? cluster : `${cluster} (${protocol})`;
}
