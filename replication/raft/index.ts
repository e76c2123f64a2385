/** Raft as a program of the machine: what others may use of it. Pure. */
export { type ForcedMembers, forceMembers, type Survivor, survivorOn } from './force-members.ts';
export { type Plan, type PlanStep, planChange } from './member-plan.ts';
export type { RaftMessage } from './messages.ts';
export { tolerance, type Voters } from './quorum.ts';
export { createRaft } from './raft.ts';
export type { RaftState } from './state.ts';
