/**
 * Whether a protocol can do what a replica's options ask of it, said before anything is started.
 */
import { type Ability, CHOICES, flawOf, type ProtocolName, type ProtocolSettings } from '../choice/index.ts';
import { ReplicationError } from '../errors.ts';
import type { Timing } from '../raft/timing.ts';
import type { AutopilotOptions } from './autopilot/options.ts';

/** The options that not every protocol takes. */
interface Asked {
  readonly protocol?: ProtocolName | undefined;
  readonly settings?: ProtocolSettings | undefined;
  readonly timing?: Timing | undefined;
  readonly join?: readonly string[] | undefined;
  readonly autopilot?: AutopilotOptions | undefined;
}

/** Throws a `ReplicationError` if the protocol has not what these options ask of it. */
export function checkChoice({ protocol = 'raft', settings = {}, timing = {}, join, autopilot }: Asked): void {
  if (!Object.hasOwn(CHOICES, protocol))
    throw new ReplicationError('Rejected', `there is no protocol ${protocol}`);
  const flaw = flawOf(protocol, settings);
  if (flaw !== undefined) throw new ReplicationError('Rejected', `${flaw.setting} ${flaw.why}`);
  const asked: Readonly<Record<Exclude<Ability, 'backup'>, boolean>> = {
    members: join !== undefined,
    autopilot: autopilot?.provisioner !== undefined,
    lease: timing.leaseMs !== undefined,
    elections: (timing.electionMs ?? timing.heartbeatMs) !== undefined,
  };
  for (const ability of Object.keys(asked) as (keyof typeof asked)[])
    if (asked[ability] && CHOICES[protocol].lacks[ability] !== undefined) refuse(protocol, ability);
}

/** Throws a `ReplicationError` that says why the protocol cannot do that. */
export function refuse(protocol: ProtocolName, ability: Ability): never {
  throw new ReplicationError('Rejected', `${protocol}: ${CHOICES[protocol].lacks[ability]}`);
}
