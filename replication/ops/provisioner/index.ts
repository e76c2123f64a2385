/** Who starts and stops replicas when a cluster is to grow or shrink. Needs Node. */
export { CommandProvisioner } from './command-provisioner.ts';
export { LocalProvisioner } from './local-provisioner.ts';
export { ParentProvisioner } from './parent-provisioner.ts';
export type { Provisioned, Provisioner, ReplicaSpec } from './provisioner.ts';
