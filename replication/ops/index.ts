/**
 * What operates a cluster, whatever it replicates: options, fleets of processes, status, repair.
 * Needs Node.
 */
export { claimCluster } from './cluster-directory.ts';
export { Fleet } from './fleet.ts';
export { addReplica, dropStrangers, removeReplica, turnOnAutopilot } from './fleet-members.ts';
export {
  addressOf,
  allowHostFlag,
  allowHostOption,
  configOption,
  idOption,
  joinOption,
  option,
  peersOption,
  portOption,
  provisionFlag,
  proxiesFlag,
  proxiesOption,
  rateOption,
  readOptions,
  secretFlag,
  serverFlag,
  textOption,
  UsageError,
  urlOption,
  wholeNumber,
} from './options.ts';
export { checkProtocol, type ProtocolGiven, protocolFlags, protocolOptions, settingsOf } from './protocol.ts';
export { CommandProvisioner, ParentProvisioner, type Provisioner } from './provisioner/index.ts';
export { type Found, type RecoverOptions, recoverByForce, survivorIn } from './recover.ts';
export {
  examine,
  type Findings,
  type Remains,
  type Repaired,
  type RepairOptions,
  repair,
  type WayOut,
} from './repair.ts';
export { readSecret } from './secret.ts';
export { shellWord } from './shell-word.ts';
export { fetchStatuses } from './status.ts';
export { statusTable } from './status-table.ts';
export { checkTiming, timingFlags, timingOptions } from './timing.ts';
