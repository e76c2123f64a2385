/** Who starts and stops replicas when a cluster is to grow or shrink. Needs Node. */
export { CommandProvisioner } from './command-provisioner.ts';
export { LocalProvisioner } from './local-provisioner.ts';
