/** The simulated world: machines, their network and disks, faults, and virtual time. */
export type { ByHand, ClockFault, DiskFault, Fault, ProcessFault, WorldAction } from './actions.ts';
export { CALM_DISK, type DiskSettings, type Unsynced } from './disk.ts';
export { RepairRefused } from './faults.ts';
export { History, type Input } from './history.ts';
export { CALM_NETWORK, type LinkSettings, linkName, type NetworkFault } from './network.ts';
export type { Arrival, MachineStatus, SimEvent, SimNode } from './node.ts';
export type { WorldObserver } from './observer.ts';
export { CALM_WORLD, drawMachines, PRESETS, type PresetName } from './presets.ts';
export { plainRecord, recordName } from './record-name.ts';
export type { MachineSettings, WorldSettings } from './settings.ts';
export { World } from './world.ts';
