/** What can be seen of a machine besides its picture. */

import { type KeyValueCommand, keyValueMachine, queryMachine } from '../../../replication/core/index.ts';
import type { ReplicaView, StateMachine } from '../../../replication/index.ts';
import type { KeyValueProtocol } from '../../../replication/sim/index.ts';
import type { InboxItem, NodeId } from '../../../vm/index.ts';
import { plainRecord, recordName, type SimNode } from '../../../vm/sim/index.ts';
import type { AnyWorld } from '../run/run.ts';
import type { Timeline } from '../run/timeline.ts';

/** The most inbox items that are named. */
const MOST_NAMED = 2;

type AnyStateMachine = StateMachine<unknown, unknown, unknown, unknown>;

/** What a machine knows and holds. */
export function MachineFacts({ timeline, node }: { readonly timeline: Timeline; readonly node: NodeId }) {
  const { world, protocol } = timeline;
  const simNode = world.node(node);
  const { status, machine, ticksPerSecond, disk, behind } = simNode;
  if (status === 'down') return <p>{describeOff(simNode)}</p>;
  const { lamport, vector, ticks, inbox, program } = machine.state;
  const view = status === 'up' ? protocol?.view(program) : undefined;
  return (
    <dl>
      <Fact name="Lamport clock" value={lamport} />
      {vector !== undefined && <Fact name="Vector clock" value={vectorText(vector)} />}
      <Fact name="Ticks" value={behind > 0 ? `${ticks}, stopped for ${behind}` : ticks} />
      <Fact name="Ticks a second" value={Math.round(ticksPerSecond * 100) / 100} />
      {view !== undefined && <ViewFacts view={view} ticks={ticks} isBorn={hasEntries(world, protocol)} />}
      {view !== undefined && <Fact name="Data" value={describeData(timeline, node)} />}
      <Fact name="Inbox" value={describeInbox(world, inbox)} />
      {disk.settings.full && <Fact name="Disk" value="full" />}
    </dl>
  );
}

/** `n1 3, n2 5`. */
function vectorText(vector: Readonly<Record<string, number>>): string {
  const names = Object.keys(vector).sort();
  return names.map((name) => `${name} ${vector[name]}`).join(', ') || 'nothing yet';
}

function describeOff(simNode: SimNode<unknown, unknown, unknown>): string {
  return `${describeDisk(simNode)}${simNode.disk.settings.full ? ' It is full.' : ''}`;
}

function describeDisk({ disk }: SimNode<unknown, unknown, unknown>): string {
  if (disk.damage.length > 0) {
    const records = disk.damage.map((record) => plainRecord(recordName(record))).join(', ');
    return `Its memory is gone, and its disk is damaged (${records}): it does not start like that.`;
  }
  return disk.records.length === 0
    ? 'Its memory is gone, and so is its disk.'
    : 'Its memory is gone. Its disk is not.';
}

function Fact({ name, value }: { readonly name: string; readonly value: string | number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Whether any log has an entry. Until then all replicas are new, and all count. */
function hasEntries(world: AnyWorld, protocol: KeyValueProtocol | undefined): boolean {
  return [...world.nodes.values()].some(
    ({ status, machine }) => status === 'up' && (protocol?.view(machine.state.program).lastIndex ?? 0) > 0,
  );
}

interface ViewProps {
  readonly view: ReplicaView;
  readonly ticks: number;
  /** Whether the cluster has begun to keep entries. */
  readonly isBorn: boolean;
}

/** What a protocol shows of a replica. */
function ViewFacts({ view, ticks, isBorn }: ViewProps) {
  const { term, votedFor, leader, commit, applied, lastIndex, votes, electionAt, recovery, configuration } =
    view;
  const answers = Object.entries(votes).map(([voter, granted]) => `${voter} ${granted ? 'yes' : 'no'}`);
  return (
    <>
      <Fact name="Term" value={term} />
      <Fact name="Voted for" value={votedFor ?? 'nobody'} />
      <Fact name="Leader" value={leader ?? 'not known'} />
      {answers.length > 0 && <Fact name="Votes" value={answers.join(', ')} />}
      {electionAt !== undefined && (
        <Fact name="Election in" value={`${Math.max(0, electionAt - ticks)} ticks`} />
      )}
      {configuration !== undefined && configuration.index > 0 && (
        <Fact name="Members" value={membersText(configuration)} />
      )}
      <Fact name="Log" value={lastIndex === 1 ? '1 entry' : `${lastIndex} entries`} />
      <Fact name="Committed" value={commit} />
      <Fact name="Applied" value={applied} />
      {(recovery === 'recovering' || (recovery === 'new' && isBorn)) && (
        <Fact name="Recovery" value={`${recovery}, counts for nothing yet`} />
      )}
    </>
  );
}

/** `n1 n2 n3, learner n4 (entry 5)`; both halves of a joint configuration. */
function membersText({
  index,
  voters,
  learners,
  outgoing,
}: NonNullable<ReplicaView['configuration']>): string {
  const votes = outgoing === undefined ? voters.join(' ') : `${outgoing.join(' ')} and ${voters.join(' ')}`;
  const others = learners.length === 0 ? '' : `, learners ${learners.join(' ')}`;
  return `${votes}${others} (entry ${index})`;
}

/** The values, in a machine's replicated data, of the keys that were put in this run. */
function describeData({ world, run }: Timeline, node: NodeId): string {
  const keys = run.inputs.flatMap(({ action }) => {
    if (action.type !== 'request' || action.body.type !== 'submit') return [];
    return [(action.body.command as KeyValueCommand).key];
  });
  const { data } = world.node(node).disk.current;
  const held = [...new Set(keys)].map((key) => {
    const value = queryMachine(keyValueMachine as AnyStateMachine, data, { type: 'get', key });
    return value === null ? [] : [`${key} = ${String(value)}`];
  });
  return held.flat().join(', ') || 'empty';
}

function describeInbox(world: AnyWorld, inbox: readonly InboxItem<unknown, unknown>[]): string {
  if (inbox.length === 0) return 'empty';
  const names = inbox.slice(0, MOST_NAMED).map((item) => {
    if ('request' in item) return "a client's request";
    if ('link' in item) return `link to ${item.link} ${item.up ? 'up' : 'down'}`;
    if ('clusterId' in item) return "the cluster's id";
    if ('dropped' in item) return `a message to ${item.to} that never left`;
    return `${world.program.kindOf?.(item.envelope.body) ?? item.envelope.lamport} from ${item.envelope.from}`;
  });
  const more = inbox.length - names.length;
  return `${inbox.length}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
