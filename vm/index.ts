/**
 * `tickraft/vm`: the machine. A clock that ticks, an inbox, Lamport and vector clocks, a disk, and
 * a program that runs on it. Pure: it runs in Node and in a browser. `tickraft/sim` has worlds to
 * run machines in.
 */
export {
  type Causality,
  type Clocks,
  compareVectors,
  type NodeId,
  receiveClock,
  receiveVector,
  tickVector,
  type Vector,
} from './clock.ts';
export { LiveError, type LiveErrorCode, reason } from './errors.ts';
export { EVENT_KINDS, type EventFields, type EventKind, type EventRecord } from './event.ts';
export {
  detailSql,
  FAULT_NODE_SQL,
  REORDERING_SQL,
  readDetail,
  readFault,
  writeDetail,
} from './event-detail.ts';
export { Machine } from './machine.ts';
export type { InboxItem, MachineState, Outgoing } from './machine-state.ts';
export { printable } from './printable.ts';
export type {
  Applied,
  ClockSettings,
  Context,
  Damage,
  Effect,
  Envelope,
  LoopPolicy,
  MachineOptions,
  Outcome,
  Packed,
  Packing,
  Program,
  RepairWay,
  Request,
  Roster,
  RosterMember,
  SendOptions,
  Snapshots,
} from './program.ts';
export {
  CLASSIC_DIE,
  type ClockMessage,
  type Die,
  type DieSettings,
  randomMessages,
} from './programs/random-messages.ts';
export { between, chance, pick, type RandomState, roll, seedRandom } from './random.ts';
export {
  compareKeys,
  type Disk,
  type Keyspace,
  MAX_KEY_BYTES,
  MemoryDisk,
  MemoryStore,
  prefixEnd,
  type RangeOptions,
  type Store,
  type StoreReader,
  type Value,
  type Write,
} from './store.ts';
