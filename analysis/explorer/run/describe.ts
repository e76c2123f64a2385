/** Descriptions of what happens: one sentence an event, and a caption for a whole step. */

import type { KeyValueProtocol } from '../../../replication/sim/index.ts';
import { type EventRecord, readDetail, readFault } from '../../../vm/index.ts';
import { linkName, type SimEvent } from '../../../vm/sim/index.ts';
import { describeAction, list } from './describe-action.ts';
import type { AnyWorld } from './run.ts';
import type { TimelineStep } from './timeline.ts';

/** The most sentences of a caption. */
const MOST_SENTENCES = 4;

/**
 * A caption for a step that has just been taken in `world`. Empty at the beginning of everything.
 */
export function describeStep(
  step: TimelineStep,
  world: AnyWorld,
  protocol: KeyValueProtocol | undefined,
): string {
  const { cause } = step;
  if (cause === undefined) return '';
  if (cause.type === 'input') return describeAction(cause.action);
  const sentences = describeAll(step);
  if (sentences.length === 0) return describeQuiet(cause, step.ticks, world, protocol);
  if (cause.type === 'synced') {
    sentences.unshift(`What ${cause.node} wrote is safe on its disk, and what waited for that may go on.`);
  }
  const left = sentences.length - MOST_SENTENCES;
  if (left > 1) sentences.splice(MOST_SENTENCES, left, `And ${left} more events.`);
  return sentences.join(' ');
}

/** A sentence for each event; of messages that are taken together only how many. */
function describeAll(step: TimelineStep): string[] {
  const { records } = step;
  const sentences: string[] = [];
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    const first = i;
    while (record.event === 'receive' && records[i + 1]?.event === 'receive') i++;
    if (i > first) sentences.push(`${record.node} takes ${i - first + 1} messages out of its inbox.`);
    else sentences.push(describeClockReceive(record, step) ?? describe(record));
  }
  return sentences;
}

/** A step that left no row in any log; its machine had made `ticks` before it. */
function describeQuiet(
  cause: SimEvent<unknown>,
  ticks: number,
  world: AnyWorld,
  protocol: KeyValueProtocol | undefined,
): string {
  const { node } = cause;
  const { status, machine, disk } = world.node(node);
  if (cause.type === 'arrival' && world.network.clogged[linkName(cause.envelope.from, node)] !== undefined) {
    return `${capital(kindName(world.program.kindOf?.(cause.envelope.body)))} from ${cause.envelope.from} is stuck in the link to ${node}, which is clogged.`;
  }
  if (status === 'down') return `${node} is off.`;
  switch (cause.type) {
    case 'tick': {
      if (machine.state.ticks === ticks) return `${node}'s clock is stopped: it was set back.`;
      const tick = `${node}'s clock ticks (tick ${machine.state.ticks})`;
      const electionAt = protocol?.view(machine.state.program).electionAt;
      if (electionAt === undefined) return `${tick}: nothing to do.`;
      return `${tick}: if no leader sends anything, its election timer runs out in ${electionAt - machine.state.ticks} ticks.`;
    }
    case 'synced':
      return disk.settings.full
        ? `${node} cannot write: its disk is full.`
        : `What ${node} wrote is safe on its disk.`;
    case 'arrival': {
      const { from, body } = cause.envelope;
      const what = capital(kindName(world.program.kindOf?.(body)));
      return `${what} from ${from} reaches ${node}'s inbox. ${node} will look at it when its clock ticks.`;
    }
  }
}

/** The clocks exercise shows the rule itself: the larger of both clocks, plus one. */
function describeClockReceive(record: EventRecord, { before, stamp }: TimelineStep): string | undefined {
  const { event, kind, lamport, node, peer } = record;
  if (event !== 'receive' || kind !== undefined || stamp === undefined) return undefined;
  return `${node} takes ${peer}'s message. Its own clock was ${before}, the message says ${stamp}: the larger of both, plus one, is ${lamport}.`;
}

/** One event as a sentence. */
export function describe(record: EventRecord): string {
  const { event, node, peer = '', index } = record;
  const detail = readDetail(record.detail);
  switch (event) {
    case 'internal':
      return `${node} does something of its own: its clock is now ${record.lamport}.`;
    case 'send':
      return describeSend(record);
    case 'receive':
      return `${node} takes ${kindName(record.kind)} from ${peer} out of its inbox.`;
    case 'drop':
      return describeDrop(record);
    case 'role':
      return describeRole(record);
    case 'vote':
      if (peer === node) return `${node} votes for itself.`;
      return detail.granted
        ? `${node} votes for ${peer} in term ${record.term}.`
        : `${node} refuses ${peer} its vote in term ${record.term}.`;
    case 'append':
      return detail.cut
        ? `${node}'s log disagreed with ${peer}'s: ${node} cuts it and copies ${peer}'s, up to entry ${index}.`
        : `${node} writes ${entries(record)}${peer && ` from ${peer}`} into its log.`;
    case 'commit':
      return record.role === 'leader'
        ? `A majority has entry ${index}: ${node} commits it.`
        : describeCommit(record);
    case 'apply':
      return `${node} applies ${entries(record)} to its data.`;
    case 'snapshot':
      if (record.peer !== undefined) return `${peer} has taken over ${node}'s data as of entry ${index}.`;
      return detail.installed
        ? `${node} takes over the data of the leader as of entry ${index}.`
        : `${node} keeps its data as of entry ${index} in view, to send it to a follower that has fallen behind its log.`;
    case 'request':
      return `${node} looks at a client's request.`;
    case 'respond':
      return detail.error === undefined
        ? `${node} answers its client: done.`
        : `${node} answers its client with an error: ${detail.error}.`;
    case 'start':
      return detail.boot === 1 ? `${node} starts.` : `${node} starts again with what is on its disk.`;
    case 'config':
      if (record.kind !== undefined) return describeMembers(record);
      if (detail.recovery === 'normal') return `${node} has caught up: it votes and counts again.`;
      return `${node} has lost what was on its disk: it counts for nothing until it has caught up.`;
    case 'fault':
      return describeFault(record);
    default:
      return `${node}: ${[event, record.kind, record.detail].filter(Boolean).join(' ')}.`;
  }
}

/** What a learner does, or what has become of it. */
const PHASES: Readonly<Record<string, string>> = {
  'catching-up': 'it catches up',
  checking: 'its copy is compared',
  repairing: 'its copy differs and is replaced',
  ready: 'its copy is the same, so it may vote',
  stalled: 'it does not catch up',
  differs: 'its copy differed again and again',
};

function describeCommit({ node, role, index }: EventRecord): string {
  if (role === 'primary' || role === 'master')
    return `Those that ${node} waits for have entry ${index}: it commits it.`;
  return `${node} learns that entry ${index} is committed.`;
}

function describeMembers({ node, kind, index, peer, detail }: EventRecord): string {
  const { voters = [], learners = [], outgoing, phase = '' } = readDetail(detail);
  if (kind === 'learner') return `${node} prepares ${peer} to vote: ${PHASES[phase] ?? phase}.`;
  if (kind === 'check') return `${node} has taken a digest of its data as of entry ${index}, to be compared.`;
  const joint = outgoing === undefined ? '' : `, and together with ${list(outgoing)} until the change ends`;
  const others = learners.length === 0 ? '' : `; ${list(learners)} only learn`;
  if (kind === 'commit') return `${node} knows that the members of entry ${index} are settled.`;
  return `${node} counts the votes of ${list(voters)}${joint}${others} (entry ${index}).`;
}

function describeRole({ node, role, term = 0 }: EventRecord): string {
  switch (role) {
    case 'pre-candidate':
      return `${node}'s election timer ran out: it wants to know whether it could win term ${term + 1} and asks for pre-votes.`;
    case 'candidate':
      return `${node} could win: it begins term ${term} as a candidate.`;
    case 'leader':
      return `${node} has a majority of the votes: it is the leader of term ${term}.`;
    case 'follower':
      return `${node} is a follower in term ${term} now.`;
    case 'primary':
      return `${node} has the votes that it needs: it is the primary of term ${term}.`;
    case 'backup':
      return `${node} is a backup in term ${term} now.`;
    case 'master':
      return `${node} has the lowest id of all that it hears: it is the master.`;
    case 'slave':
      return `${node} has the master's state, and follows it.`;
    case 'joining':
      return `${node} joins: it copies the state of the master, if there is one.`;
    default:
      return `${node} is ${role} now.`;
  }
}

function describeSend(record: EventRecord): string {
  const { node, peer = '', kind, lamport } = record;
  const receivers = list(peer.split(' '));
  switch (kind) {
    case undefined:
      return `${node} sends its clock, now ${lamport}, to ${receivers}.`;
    case 'PreVote':
      return `${node} asks ${receivers}: would you vote for me?`;
    case 'RequestVote':
      return `${node} asks ${receivers} for a vote.`;
    default:
      return `${node} sends ${kindName(record.kind)} to ${receivers}.`;
  }
}

const DROP_CAUSES: Record<string, string> = {
  blocked: 'the link is cut',
  loss: 'lost on the way',
  full: 'the inbox is full',
  clogged: 'the link is clogged, and can keep no more',
};

function describeDrop(record: EventRecord): string {
  const { peer } = record;
  const { from, cause = '' } = readDetail(record.detail);
  const reason = DROP_CAUSES[cause] ?? `${peer} is off`;
  return `${capital(kindName(record.kind))} from ${from} does not reach ${peer}: ${reason}.`;
}

const FAULTS: Record<string, string> = {
  crash: 'is killed',
  restart: 'is started again',
  rate: 'gets another clock',
  drift: 'gets a clock that drifts',
  jump: 'has its clock set',
  pause: 'is paused',
  resume: 'resumes',
  disk: 'has its disk changed',
  rot: 'has a record damaged on its disk',
  wipe: 'loses its disk',
  repair: 'has its disk repaired',
};

const MESSAGE_FAULTS: Record<string, string> = {
  lose: 'is lost',
  duplicate: 'will arrive twice',
  delay: 'is delayed',
  hasten: 'arrives at once',
  edit: 'is changed on its way',
};

function describeFault({ kind = '', detail = '' }: EventRecord): string {
  const { node, from, to } = readFault(detail);
  const messageFate = MESSAGE_FAULTS[kind];
  if (messageFate !== undefined)
    return `Somebody interferes: a message from ${from} to ${to} ${messageFate}.`;
  if (kind === 'damage') return `${node} does not start: its disk is damaged.`;
  const fate = FAULTS[kind];
  return node !== undefined && fate !== undefined
    ? `Somebody interferes: ${node} ${fate}.`
    : `The network is changed: ${[kind, detail].join(' ').trim()}.`;
}

const KIND_NAMES: Record<string, string> = {
  PreVote: 'a question for a pre-vote',
  PreVoteReply: 'the answer about a pre-vote',
  RequestVote: 'a request for a vote',
  RequestVoteReply: 'the answer about a vote',
  Heartbeat: 'a heartbeat',
  AppendEntries: 'an append',
  AppendEntriesReply: 'the answer to an append',
  InstallSnapshot: 'a page of a snapshot',
  InstallSnapshotReply: 'the answer to a page of a snapshot',
  Forward: "a client's request",
  ForwardReply: "the answer to a client's request",
};

function kindName(kind: string | undefined): string {
  return kind === undefined ? 'a message' : (KIND_NAMES[kind] ?? kind);
}

function entries({ index = 0, detail }: EventRecord): string {
  const { first = index } = readDetail(detail);
  return first === index ? `entry ${index}` : `entries ${first} to ${index}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
