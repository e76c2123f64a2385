/** Raft. Pure. */
export type { RaftMessage } from './messages.ts';
export { createRaft } from './raft.ts';
export type { RaftState } from './state.ts';
