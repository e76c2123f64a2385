/** What can be done to each thing on the stage, as plain lists: menus and keys offer the same. */
import type { NodeId } from '../../../vm/index.ts';
import type { LinkSettings } from '../../../vm/sim/index.ts';
import { linkName, type SimNode } from '../../../vm/sim/index.ts';
import { cutOff, groupsOf, isOpen, reconnect } from '../run/groups.ts';
import { askToChange, MAX_MACHINES, membershipOf, nextMachine, seenMembers } from '../run/members.ts';
import type { AnyWorld } from '../run/run.ts';
import type { Action, Timeline } from '../run/timeline.ts';

/** A thing on the stage. */
export type Target =
  | { readonly kind: 'machine'; readonly node: NodeId }
  | { readonly kind: 'message'; readonly order: number }
  | { readonly kind: 'link'; readonly a: NodeId; readonly b: NodeId }
  | { readonly kind: 'network' };

/** Something that can be done now. */
export interface Act {
  readonly label: string;
  readonly actions: readonly Action[];
  /** Whether it harms. */
  readonly isHarm?: boolean;
}

/** Acts of one kind. */
export interface ActGroup {
  readonly title: string;
  readonly acts: readonly Act[];
}

/** By how many ticks clocks are set. */
const JUMP_TICKS = 20;
/** How often the usual delay a slow link and a held up message take. */
const SLOW = 10;
const LOSSY = 0.5;
const LOSSES = [0, 0.1, 0.3, 0.5];
/** How fast clocks may be set, in ticks a second. */
const RATES = { least: 0.5, most: 1000 } as const;

type AnyNode = SimNode<unknown, unknown, unknown>;

/** What can be done to a thing; nothing if it is gone. */
export function actsOn(timeline: Timeline, target: Target): readonly ActGroup[] {
  const { world } = timeline;
  switch (target.kind) {
    case 'machine':
      return world.nodes.has(target.node) ? onMachine(timeline, world.node(target.node)) : [];
    case 'message':
      return world.inFlight.some(({ order }) => order === target.order) ? onMessage(world, target.order) : [];
    case 'link':
      return [
        { title: 'Link', acts: onLink(world, target.a, target.b) },
        { title: `${target.a} to ${target.b} only`, acts: oneWay(world, target.a, target.b) },
        { title: `${target.b} to ${target.a} only`, acts: oneWay(world, target.b, target.a) },
      ];
    case 'network':
      return onNetwork(timeline);
  }
}

function act(label: string, ...actions: readonly Action[]): Act {
  return { label, actions };
}

function harm(label: string, ...actions: readonly Action[]): Act {
  return { label, actions, isHarm: true };
}

function onMachine(timeline: Timeline, simNode: AnyNode): readonly ActGroup[] {
  const { world } = timeline;
  const { id: node, status } = simNode;
  const groups = [
    { title: 'Process', acts: onProcess(timeline, simNode) },
    { title: 'Network', acts: [onReach(world, node)] },
  ];
  if (status === 'up') groups.push({ title: 'Clock', acts: onClock(simNode) });
  groups.push({ title: 'Disk', acts: onDisk(simNode) });
  const members = onMember(timeline, node);
  if (members.length > 0) groups.push({ title: 'Member', acts: members });
  return groups.filter(({ acts }) => acts.length > 0);
}

function onProcess({ world, protocol }: Timeline, { id: node, status, machine }: AnyNode): Act[] {
  if (status === 'down') return [act(`Restart ${node}`, { type: 'restart', node })];
  const kill = harm(`Kill ${node}`, { type: 'crash', node });
  if (status === 'paused') return [act(`Resume ${node}`, { type: 'resume', node }), kill];
  const acts = [kill, harm(`Pause ${node}`, { type: 'pause', node })];
  const view = protocol?.view(machine.state.program);
  if (view?.electionAt !== undefined) {
    const ticks = Math.max(1, view.electionAt - machine.state.ticks);
    acts.push(act('Time out now', { type: 'jump', node, ticks }));
  }
  const leader = [...world.nodes.values()].find(
    (other) =>
      other.status === 'up' && protocol?.view(other.machine.state.program).role === protocol?.leaderRole,
  )?.id;
  if (leader !== undefined && leader !== node && protocol?.name === 'raft') {
    acts.push(
      act('Hand leadership to it', { type: 'request', node: leader, body: { type: 'transfer', to: node } }),
    );
  }
  return acts;
}

function onReach(world: AnyWorld, node: NodeId): Act {
  const [largest = []] = groupsOf(world);
  return largest.includes(node)
    ? harm(`Cut off ${node}`, cutOff(world, [node]))
    : act(`Reconnect ${node}`, reconnect(world, node));
}

function onClock({ id: node, ticksPerSecond, drift }: AnyNode): Act[] {
  const rated = (label: string, factor: number) => {
    const rate = Math.min(RATES.most, Math.max(RATES.least, ticksPerSecond * factor));
    return act(label, { type: 'rate', node, ticksPerSecond: rate });
  };
  return [
    rated('Half as fast', 0.5),
    rated('Twice as fast', 2),
    drift === undefined
      ? act('Let it drift', { type: 'drift', node, perSecond: 1.05 })
      : act('End its drift', { type: 'drift', node, perSecond: 1 }),
    act(`On ${JUMP_TICKS} ticks`, { type: 'jump', node, ticks: JUMP_TICKS }),
    act(`Back ${JUMP_TICKS} ticks`, { type: 'jump', node, ticks: -JUMP_TICKS }),
  ];
}

function onDisk({ id: node, status, disk }: AnyNode): Act[] {
  const { full } = disk.settings;
  const acts = [
    full
      ? act('Free disk', { type: 'disk', node, settings: { ...disk.settings, full: false } })
      : harm('Fill disk', { type: 'disk', node, settings: { ...disk.settings, full: true } }),
  ];
  if (disk.records.length > 0)
    acts.push(harm('Damage disk', { type: 'rot', node }), harm('Lose disk', { type: 'wipe', node }));
  if (status === 'down' && disk.damage.length > 0) {
    acts.push(act('Drop its tail', { type: 'repair', node, way: 'drop-tail' }));
    acts.push(act('Empty it', { type: 'repair', node, way: 'start-empty' }));
  }
  return acts;
}

function onMember(timeline: Timeline, id: NodeId): Act[] {
  const seen = seenMembers(timeline);
  if (seen === undefined) return [];
  const ask = (label: string, change: Parameters<typeof askToChange>[1]) =>
    act(label, askToChange(timeline, change));
  const kind = membershipOf(id, seen)?.kind;
  if (kind === 'outside') {
    return [
      ask('Add to vote', { do: 'add', role: 'voter', id }),
      ask('Add as learner', { do: 'add', role: 'learner', id }),
    ];
  }
  const remove = ask('Remove', { do: 'remove', id });
  if (kind === 'learner') return [ask('Promote', { do: 'promote', id }), remove];
  return [ask('Demote', { do: 'demote', id }), remove];
}

function onMessage(world: AnyWorld, order: number): readonly ActGroup[] {
  const [low, high] = world.network.settings.delayUs;
  const acts = [
    harm('Drop it', { type: 'lose', order }),
    act('Duplicate it', { type: 'duplicate', order }),
    act('Hold it up', { type: 'delay', order, us: ((low + high) / 2) * SLOW }),
    act('Deliver it now', { type: 'hasten', order }),
  ];
  return [{ title: 'Message', acts }];
}

function onLink(world: AnyWorld, a: NodeId, b: NodeId): Act[] {
  const { settings } = world.network;
  const both = (make: (from: NodeId, to: NodeId) => Action): Action[] => [make(a, b), make(b, a)];
  const treat = (label: string, treatment: LinkSettings) =>
    act(label, ...both((from, to) => ({ type: 'link', from, to, settings: treatment })));
  const isWhole = isOpen(world, a, b) && isOpen(world, b, a);
  const [low, high] = settings.delayUs;
  return [
    isWhole
      ? harm('Cut it', ...both((from, to) => ({ type: 'block', from, to })))
      : act('Open it', ...both((from, to) => ({ type: 'unblock', from, to }))),
    treat(`${SLOW} times as slow`, { ...settings, delayUs: [low * SLOW, high * SLOW] }),
    treat('Lose every other message', { ...settings, lossRate: LOSSY }),
    treat('Like the others', settings),
  ];
}

function oneWay(world: AnyWorld, from: NodeId, to: NodeId): Act[] {
  const clogged = world.network.clogged[linkName(from, to)] !== undefined;
  return [
    isOpen(world, from, to)
      ? harm('Cut', { type: 'block', from, to })
      : act('Open', { type: 'unblock', from, to }),
    clogged ? act('Unclog', { type: 'unclog', from, to }) : harm('Clog', { type: 'clog', from, to }),
  ];
}

function onNetwork(timeline: Timeline): readonly ActGroup[] {
  const { world, protocol } = timeline;
  const { settings } = world.network;
  const losses = LOSSES.filter((rate) => rate !== settings.lossRate).map((lossRate) =>
    act(lossRate === 0 ? 'Lose nothing' : `Lose ${lossRate * 100} %`, {
      type: 'network',
      settings: { ...settings, lossRate },
    }),
  );
  const groups = [{ title: 'All links', acts: [act('Open and heal all', { type: 'heal' }), ...losses] }];
  const seen = seenMembers(timeline);
  if (protocol !== undefined && seen !== undefined && world.nodes.size < MAX_MACHINES) {
    const id = nextMachine(world);
    const { ticksPerSecond } = world.settings.machines[0]!;
    const join: Action = { type: 'join', machine: { id, ticksPerSecond } };
    groups.push({
      title: 'Machines',
      acts: [
        act(`Add ${id} to vote`, join, askToChange(timeline, { do: 'add', role: 'voter', id })),
        act(`Add ${id} as learner`, join, askToChange(timeline, { do: 'add', role: 'learner', id })),
      ],
    });
  }
  return groups;
}

/** Splits the machines into those on either side of a line, if there are some on both. */
export function splitAlong(
  from: { readonly x: number; readonly y: number },
  to: { readonly x: number; readonly y: number },
  points: ReadonlyMap<NodeId, { readonly x: number; readonly y: number }>,
): Action | undefined {
  const side = ({ x, y }: { readonly x: number; readonly y: number }) =>
    (to.x - from.x) * (y - from.y) - (to.y - from.y) * (x - from.x) > 0;
  const names = [...points.keys()];
  const groups = [true, false].map((which) => names.filter((name) => side(points.get(name)!) === which));
  return groups.every((group) => group.length > 0) ? { type: 'partition', groups } : undefined;
}
