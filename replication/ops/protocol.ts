/** The option `--protocol`, and those that are settings of one protocol. */
import type { Option } from 'commander';
import { z } from 'zod';
import { type Ability, CHOICES, flawOf, PROTOCOL_NAMES, type ProtocolSettings } from '../choice/index.ts';
import { option } from './options.ts';

const word = z.string('must be given').min(1, 'must not be empty').optional();

/** What was given; `checkProtocol` says what goes together. */
export const protocolOptions = {
  protocol: z.enum(PROTOCOL_NAMES, `must be one of ${PROTOCOL_NAMES.join(', ')}`),
  ack: word,
  soleSurvivor: z.boolean(),
  nwr: word,
  handoff: z.boolean(),
};

/** The same, parsed. */
export type ProtocolGiven = z.infer<z.ZodObject<typeof protocolOptions>>;

/** The flags, by the settings that they stand for. The chat does not understand siblings. */
const FLAG_OF: Readonly<Record<Exclude<keyof ProtocolSettings, 'conflicts'>, keyof ProtocolGiven>> = {
  ack: 'ack',
  soleSurvivor: 'soleSurvivor',
  quorum: 'nwr',
  handoff: 'handoff',
};

/** The options. */
export function protocolFlags(): Option[] {
  return [
    option('--protocol <name>', `which protocol replicates: ${PROTOCOL_NAMES.join(', ')}`).default('raft'),
    option(
      '--ack <whom>',
      'of primary-backup, whom the primary waits for: all-alive, majority or primary (nobody)',
    ).default(undefined, 'all-alive'),
    option(
      '--sole-survivor',
      'of primary-backup: those that still hear each other go on without a majority, to the last one',
    ).default(false),
    option(
      '--nwr <N/W/R>',
      'of nwr: so many copies, acknowledgements of a change, and answers to a read',
    ).default(undefined, 'all replicas, and most of them twice: 5/3/3 of five'),
    option('--no-handoff', 'of nwr: no other replica takes the place of one that is silent'),
  ];
}

/** The settings that were given. */
export function settingsOf({ ack, soleSurvivor, nwr, handoff }: ProtocolGiven): ProtocolSettings {
  return {
    ...(ack !== undefined && { ack: ack as NonNullable<ProtocolSettings['ack']> }),
    ...(soleSurvivor && { soleSurvivor }),
    ...(nwr !== undefined && { quorum: nwr }),
    ...(!handoff && { handoff }),
  };
}

/** The same as arguments of a command. */
export function protocolArguments(given: ProtocolGiven): string[] {
  const { protocol, ack, soleSurvivor, nwr, handoff } = given;
  return [
    ...(protocol === 'raft' ? [] : ['--protocol', protocol]),
    ...(ack === undefined ? [] : ['--ack', ack]),
    ...(soleSurvivor ? ['--sole-survivor'] : []),
    ...(nwr === undefined ? [] : ['--nwr', nwr]),
    ...(handoff ? [] : ['--no-handoff']),
  ];
}

/** What other options ask of a protocol, by their names. */
const NEEDS: Readonly<Record<string, Ability>> = {
  join: 'members',
  autopilot: 'autopilot',
  provisionCommand: 'autopilot',
  lease: 'lease',
  electionTimeout: 'elections',
  heartbeat: 'elections',
};

/** Refuses settings of another protocol, and options that this one has no use for. */
export function checkProtocol(
  given: ProtocolGiven & Readonly<Record<string, unknown>>,
  ctx: z.RefinementCtx,
): void {
  const refuse = (name: string, message: string) => ctx.addIssue({ code: 'custom', path: [name], message });
  const flaw = flawOf(given.protocol, settingsOf(given));
  if (flaw !== undefined) refuse(FLAG_OF[flaw.setting as keyof typeof FLAG_OF], flaw.why);
  for (const [name, ability] of Object.entries(NEEDS)) {
    const value = given[name];
    const isGiven = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
    const why = CHOICES[given.protocol].lacks[ability];
    if (isGiven && why !== undefined) refuse(name, `does not go with --protocol ${given.protocol}: ${why}`);
  }
}
