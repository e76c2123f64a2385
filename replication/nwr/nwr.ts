/**
 * Replication without a leader, after Dynamo (DeCandia and others, "Dynamo: Amazon's Highly
 * Available Key-value Store", 2007) and the quorums of Gifford ("Weighted Voting for Replicated
 * Data", 1979), as a program of the machine. It replicates any state machine, but keeps no order of
 * its commands: each runs at its coordinator, over the copies that it has been given.
 *
 * Left out: sharing keys out among more than N machines, hash trees, the removal of tombstones and
 * of old entries of version vectors, sessions, and pages: all that a command looks at comes in one
 * message.
 */
import { type Context, type Damage, type Disk, prefixEnd, type RepairWay } from '../../vm/index.ts';
import { EAGER } from '../core/loop-policy.ts';
import type { Guarantees, Protocol, ReplicaView } from '../protocol.ts';
import type { StateMachine } from '../state-machine.ts';
import { onGet, onGot, onPut, onPutDone, onRequest, ownPutDurable, tickOperations } from './coordinate.ts';
import { loadWriter, restoreData } from './copies.ts';
import { NWR_SETTINGS, type NwrSettings, readQuorum } from './settings.ts';
import { HINTS, onHintsDone, onSpread, onSpreadReply, tickSpread } from './spread.ts';
import type { Nwr, NwrMessage, NwrState } from './state.ts';
import { isNwrMessage } from './well-formed.ts';

/** So many that no two names of a machine are the same. */
const NAMES = 2 ** 32;

/** Replicates `machine` by quorums. Settings that are not given are the defaults. */
export function createNwr<C, R, Q, A>(
  machine: StateMachine<C, R, Q, A>,
  options: Partial<NwrSettings> & { readonly eager?: boolean } = {},
): Protocol<NwrState, NwrMessage, C, R, Q, A> {
  const { eager = true, ...given } = options;
  const settings: NwrSettings = { ...NWR_SETTINGS, ...given };
  const wanted = readQuorum(settings.quorum);
  const replica = (state: NwrState, ctx: Context<NwrMessage>): Nwr => ({
    state,
    ctx,
    settings,
    quorum: capped(wanted, state.machines.length),
    machine: machine as StateMachine<unknown, unknown, unknown, unknown>,
  });
  return {
    name: 'nwr',
    machine,
    policy: { ...EAGER, eager },
    guarantees: guaranteesOf(settings, wanted),
    leaderRole: undefined,
    timeFields: ['deadline', 'againAt', 'spreadAt', 'heardAt'],
    init(ctx) {
      restoreData(ctx);
      return initialState(ctx);
    },
    onTick(state, ctx) {
      tickOperations(replica(state, ctx));
      tickSpread(replica(state, ctx));
    },
    onMessage: (state, { from, body }, ctx) => onMessage(replica(state, ctx), from, body),
    onRequest: (state, { id, body }, ctx) => onRequest(replica(state, ctx), id, body),
    onDurable: (state, mark, ctx) => ownPutDurable(replica(state, ctx), (mark as { put: string }).put),
    columns: () => ({ term: 0, role: ROLE }),
    isMessage: isNwrMessage,
    kindOf: ({ type }) => type,
    repair,
    nameRecord: ({ key }) => `the record ${JSON.stringify(key)}`,
    view,
    entry: () => undefined,
  };
}

/** What every machine is. */
const ROLE = 'replica';

/** A cluster of fewer machines than N has as many copies. */
function capped({ n, w, r }: ReturnType<typeof readQuorum>, machines: number) {
  return { n: Math.min(n, machines), w: Math.min(w, machines), r: Math.min(r, machines) };
}

/** Whatever N, W and R are: coordinators that work at once do not see each other. */
function guaranteesOf(settings: NwrSettings, { n, w, r }: ReturnType<typeof readQuorum>): Guarantees {
  const needed = Math.max(w, r);
  return {
    ...{ oneLeaderPerTerm: false, durable: false, reads: 'eventual', once: false, converges: true },
    servedBy: (replicas) => (settings.handoff ? needed : replicas - Math.min(n, replicas) + needed),
    servedWhileOthersFlap: true,
    sessions: settings,
  };
}

function initialState(ctx: Context<NwrMessage>): NwrState {
  const { self, peers, now } = ctx;
  // A disk that was lost may have held numbers that others know: what is written now has another
  // name.
  const { writer, clock } = loadWriter(ctx.disk) ?? {
    writer: `${self}.${ctx.random(NAMES).toString(36)}`,
    clock: 0,
  };
  return {
    ...{ self, writer, clock, machines: [self, ...peers].sort(), outstanding: 0, operations: {}, rounds: 0 },
    ...{ spreadAt: now, cursors: {}, delivering: {}, heardAt: {} },
  };
}

function onMessage(replica: Nwr, from: string, body: NwrMessage): void {
  const { state, ctx } = replica;
  state.heardAt[from] = ctx.now;
  switch (body.type) {
    case 'Get':
      onGet(replica, from, body.id, body.ranges);
      break;
    case 'Got':
      onGot(replica, from, body.id, body.items);
      break;
    case 'Put':
      onPut(replica, from, body);
      break;
    case 'PutDone':
      if (body.id === HINTS) onHintsDone(replica, from);
      else onPutDone(replica, from, body.id);
      break;
    case 'Spread':
      onSpread(replica, from, body);
      break;
    case 'SpreadReply':
      onSpreadReply(replica, from, body);
      break;
  }
}

/** Damaged records are dropped, or all: the others have them, or nobody. */
function repair(disk: Disk, damage: readonly Damage[], way: RepairWay): string {
  if (way === 'drop-tail') {
    for (const { space, key } of damage) disk[space].delete(key);
    // Numbers may be forgotten with them: the machine writes under another name.
    disk.program.delete('nwr');
    return `dropped ${damage.length} records; the others bring what they have of them`;
  }
  for (const space of ['program', 'data', 'incoming'] as const) {
    for (const [key] of [...disk[space].range('', prefixEnd(''))]) disk[space].delete(key);
  }
  return 'dropped everything; the others bring what they have';
}

/** No log and no leader: nothing of that can be seen. */
function view(): ReplicaView {
  return {
    ...{ role: ROLE, term: 0, votedFor: undefined, recovery: 'normal', leader: undefined, drained: false },
    ...{ commit: 0, applied: 0, baseIndex: 0, baseTerm: 0, lastIndex: 0, lastTerm: 0 },
    ...{ votes: {}, electionAt: undefined },
  };
}
