/**
 * The lowest living id leads: a protocol as a program of the machine.
 *
 * Left out, for it is the point of this protocol: terms, votes, majorities. What follows from that
 * is told by `guarantees`, and shown by scenarios.
 */
import { type Context, type Damage, type Disk, prefixEnd, type RepairWay } from '../../vm/index.ts';
import { loadSessions } from '../core/client-sessions.ts';
import { EAGER } from '../core/loop-policy.ts';
import { appliedIndex } from '../core/sessions.ts';
import { onCopied, releaseView } from '../ordering/copy.ts';
import { expireKept, onForwardReply } from '../ordering/forwarding.ts';
import { markDurable, ownLogDurable } from '../ordering/leading.ts';
import { compactLog, indexOf, loadLog } from '../ordering/log.ts';
import { onUpdated, replicate } from '../ordering/replicate.ts';
import { expireRequests, onForward, onRequest, serveKept } from '../ordering/requests.ts';
import { isLeading } from '../ordering/state.ts';
import { logView, orderedEntry } from '../ordering/view.ts';
import type { Guarantees, Protocol, ReplicaView } from '../protocol.ts';
import type { StateMachine } from '../state-machine.ts';
import { advanceCommit, answerReads, onMaster, review } from './mastery.ts';
import { hear, onMesh, tickMesh } from './mesh.ts';
import { LOWEST_PORT_SETTINGS, type LowestPortSettings } from './settings.ts';
import {
  initialState,
  type LowestPort,
  type LowestPortMessage,
  type LowestPortState,
  type Role,
  TIME_FIELDS,
} from './state.ts';
import { isLowestPortMessage } from './well-formed.ts';

type Mark = { readonly epoch: number; readonly index: number };

/** The lowest id leads, and replicates `machine`. Settings that are not given are the defaults. */
export function createLowestPort<C, R, Q, A>(
  machine: StateMachine<C, R, Q, A>,
  options: Partial<LowestPortSettings> & { readonly eager?: boolean } = {},
): Protocol<LowestPortState, LowestPortMessage, C, R, Q, A> {
  const { eager = true, ...given } = options;
  const settings: LowestPortSettings = { ...LOWEST_PORT_SETTINGS, ...given };
  const replica = (state: LowestPortState, ctx: Context<LowestPortMessage>): LowestPort => ({
    state,
    ctx,
    settings,
    machine: machine as StateMachine<unknown, unknown, unknown, unknown>,
    oneHistory: false,
  });
  return {
    name: 'lowest-port',
    machine,
    policy: { ...EAGER, eager },
    guarantees: guaranteesOf(settings),
    leaderRole: 'master',
    timeFields: TIME_FIELDS,
    init(ctx, disk) {
      loadSessions(ctx.data);
      return initialState(ctx, loadLog(disk.program, appliedIndex(disk.data)), settings);
    },
    onTick: (state, ctx) => onTick(replica(state, ctx)),
    onMessage: (state, { from, body }, ctx) => onMessage(replica(state, ctx), from, body),
    onRequest: (state, { id, body }, ctx) => onRequest(replica(state, ctx), id, body),
    onDurable(state, mark, ctx) {
      const { epoch, index } = mark as Mark;
      ownLogDurable(replica(state, ctx), epoch, index);
    },
    settle: (state, ctx) => settle(replica(state, ctx)),
    columns: ({ role, log }) => ({ term: 0, role, commit: log.commit }),
    isMessage: isLowestPortMessage,
    kindOf,
    repair,
    nameRecord,
    view,
    entry: (state, index) => orderedEntry(state.log, index),
  };
}

/** While nobody is cut off from others that live, it keeps all that it acknowledges. */
function guaranteesOf(sessions: LowestPortSettings): Guarantees {
  return {
    ...{ oneLeaderPerTerm: false, durable: false, reads: 'eventual', once: false, converges: true },
    servedBy: () => 1,
    servedWhileOthersFlap: false,
    sessions,
  };
}

function onTick(replica: LowestPort): void {
  tickMesh(replica);
  review(replica);
  expireRequests(replica);
  expireKept(replica);
}

function onMessage(replica: LowestPort, from: string, body: LowestPortMessage): void {
  hear(replica, from, roleOf(body));
  switch (body.type) {
    case 'Update':
    case 'Copy':
      onMaster(replica, from, body);
      break;
    case 'Updated':
      if (isLeading(replica)) onUpdated(replica, from, body);
      break;
    case 'Copied':
      if (isLeading(replica)) onCopied(replica, from, body);
      break;
    case 'Forward':
      onForward(replica, from, body);
      break;
    case 'ForwardReply':
      onForwardReply(replica, from, body);
      break;
    default:
      onMesh(replica, from, body);
  }
}

/** What a message shows its sender to be. */
function roleOf(body: LowestPortMessage): Role | undefined {
  if ('role' in body) return body.role;
  return body.type === 'Update' || body.type === 'Copy' ? 'master' : undefined;
}

/** Once a step: commit what can be, pass requests on, and send what is due. */
function settle(replica: LowestPort): void {
  const { state, ctx, settings } = replica;
  serveKept(replica);
  if (isLeading(replica)) {
    markDurable(replica);
    advanceCommit(replica);
    answerReads(replica);
    releaseView(replica);
    replicate(replica);
  }
  compactLog(state.log, ctx.disk, settings.maxLogEntries, state.leading?.view?.index);
}

/** The type of a message, for logs and pictures, in the words of this protocol. */
function kindOf(message: LowestPortMessage): string {
  if (message.type === 'Forward') return 'CommitRequest';
  if (message.type === 'ForwardReply') return 'CommitReply';
  return message.type;
}

/** Nothing damaged is kept: the server joins anew and copies the master's state. */
function repair(disk: Disk, _damage: readonly Damage[], way: RepairWay): string {
  if (way === 'drop-tail') throw new Error('a damaged log is not cut here: start empty');
  for (const space of ['program', 'data', 'incoming'] as const) {
    for (const [key] of [...disk[space].range('', prefixEnd(''))]) disk[space].delete(key);
  }
  return "dropped everything; the master's state will be copied";
}

function nameRecord({ space, key }: Damage): string {
  const index = space === 'program' ? indexOf(key) : undefined;
  return index === undefined ? `the record ${JSON.stringify(key)}` : `log entry ${index}`;
}

function view(state: LowestPortState): ReplicaView {
  return {
    ...{ role: state.role, term: 0, votedFor: undefined, recovery: 'normal', leader: state.leader },
    ...{ drained: false, votes: {}, electionAt: undefined },
    ...logView(state.log),
  };
}
