/**
 * Who is the master: the lowest id that lives and has joined (Garcia-Molina 1982, with the lowest
 * instead of the highest). Nobody votes, and nothing keeps two masters apart that do not hear each
 * other.
 */
import type { NodeId } from '../../vm/index.ts';
import { commitTo } from '../ordering/apply.ts';
import { dropView, onCopy } from '../ordering/copy.ts';
import { onUpdate } from '../ordering/follow.ts';
import { startLeading } from '../ordering/leading.ts';
import { lastIndex } from '../ordering/log.ts';
import type { Copy, Update } from '../ordering/messages.ts';
import { abandonReads, query } from '../ordering/requests.ts';
import { answer } from '../ordering/responses.ts';
import { isLeading, type LeadingReplica } from '../ordering/state.ts';
import { type LowestPort, living, setRole } from './state.ts';

/** So many that no two leaderships of a server have the same number. */
const EPOCHS = 2 ** 32;

/** Once a tick: whether this server is to lead, and whom it follows otherwise. */
export function review(replica: LowestPort): void {
  const { state, ctx } = replica;
  if (!isLeading(replica) && isToLead(replica)) becomeMaster(replica);
  const [lowest] = mastersHeard(replica).sort();
  if (isLeading(replica) && lowest !== undefined && lowest < ctx.self) stepDown(replica);
  if (!isLeading(replica) && (state.leader === undefined || lowest !== undefined)) state.leader = lowest;
}

function mastersHeard({ state }: LowestPort): NodeId[] {
  return living(state).filter((id) => state.peers[id]!.role === 'master');
}

/**
 * The lowest of those that have joined. Where nobody has, as at the beginning, the lowest of all,
 * once there has been time to hear of a master.
 */
function isToLead({ state, ctx }: LowestPort): boolean {
  const alive = living(state);
  const joined = alive.filter((id) => state.peers[id]!.role !== 'joining');
  if (state.role === 'slave') return joined.every((id) => id > ctx.self);
  return ctx.now >= state.joinUntil && joined.length === 0 && alive.every((id) => id > ctx.self);
}

function becomeMaster(replica: LowestPort): void {
  const { state, ctx } = replica;
  const epoch = ctx.random(EPOCHS);
  startLeading(replica, { epoch, by: `${ctx.self}.${epoch}`, term: 0 }, living(state));
  state.tookOverAt = lastIndex(state.log);
  // The next heartbeat says so.
  state.beatAt = ctx.now;
  setRole(replica, 'master');
}

/** A lower id leads: this server joins again, for that one's state replaces its own. */
function stepDown(replica: LowestPort): void {
  const { state } = replica;
  if (isLeading(replica)) abandonReads(replica);
  dropView(replica);
  state.leading = undefined;
  state.leader = undefined;
  setRole(replica, 'joining');
}

/** What only a master sends. */
export function onMaster(replica: LowestPort, from: NodeId, message: Update | Copy): void {
  const { state, ctx } = replica;
  if (isLeading(replica)) {
    if (from > ctx.self) return;
    stepDown(replica);
  }
  if (state.leader !== undefined && state.leader < from) return;
  state.leader = from;
  if (message.type === 'Copy') onCopy(replica, from, message);
  else if (onUpdate(replica, from, message)) caughtUp(replica, message);
}

/**
 * A newcomer that has all, and that the master waits for from now on, has joined: nothing can be
 * acknowledged that it does not have. If its id is lower it takes over.
 */
function caughtUp(replica: LowestPort, { last, counted }: Update): void {
  const { state } = replica;
  if (state.role === 'joining' && counted && lastIndex(state.log) === last) setRole(replica, 'slave');
}

/** The master commits what all that live have, but for those that are copying its state still. */
export function advanceCommit(replica: LowestPort & LeadingReplica): void {
  const { state } = replica;
  const { durable, followers } = state.leading;
  const awaited = Object.entries(followers).filter(
    ([id, { match, copy }]) =>
      match !== undefined || (copy === undefined && state.peers[id]?.role !== 'joining'),
  );
  commitTo(replica, Math.min(durable, ...awaited.map(([, { match = 0 }]) => match)));
}

/** A master answers reads from what it has: it asks nobody whether it still leads. */
export function answerReads(replica: LowestPort & LeadingReplica): void {
  const { leading, log, tookOverAt } = replica.state;
  if (leading.reads.length === 0 || log.commit < tookOverAt) return;
  const { reads } = leading;
  leading.reads = [];
  for (const { id, from, query: question } of reads)
    answer(replica, id, from, { ok: true, value: query(replica, question) });
}
