/**
 * The simulated network: decides when, how often and whether a message arrives. Links are FIFO, as
 * a TCP connection is, except for messages that a fault lets overtake.
 */
import type { NodeId } from '../clock.ts';
import { clonePlain } from '../plain.ts';
import { between, chance, type RandomState } from '../random.ts';
import type { Arrival } from './node.ts';

/** How a link treats messages. Rates are probabilities from 0 to 1. */
export interface LinkSettings {
  /** Delay of a message in microseconds, drawn evenly from [low, high]. */
  readonly delayUs: readonly [number, number];
  /** Probability that a message is lost. */
  readonly lossRate: number;
  /** Probability that a message arrives twice. */
  readonly duplicateRate: number;
  /** Probability that a message may overtake earlier ones of the same link. */
  readonly reorderRate: number;
}

/** A quick, orderly network: 1 to 5 ms, nothing lost. */
export const CALM_NETWORK: LinkSettings = {
  delayUs: [1_000, 5_000],
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
};

/** The most that a clogged link keeps, as a socket's buffers do; what is sent beyond is dropped. */
const CLOG_LIMIT = 1_000;

/** Plain data: the state of all links. */
export interface NetworkState<M = unknown> {
  settings: LinkSettings;
  /** Links with settings of their own, by `from>to`. */
  links: Record<string, LinkSettings>;
  /** Directed links that deliver nothing, by `from>to`. */
  blocked: Record<string, true>;
  /** What clogged links keep back, by `from>to`, in the order of arrival. */
  clogged: Record<string, Arrival<M>[]>;
  /**
   * When the last message of each link arrives, by `from>to`: the next may not arrive before it.
   */
  lastArrival: Record<string, number>;
}

/** A network whose links are all open, and treat messages as `settings` say. */
export function openNetwork<M>(settings: LinkSettings): NetworkState<M> {
  return { settings, links: {}, blocked: {}, clogged: {}, lastArrival: {} };
}

/** An independent copy. Messages are never changed, and shared. */
export function cloneNetwork<M>(network: NetworkState<M>): NetworkState<M> {
  const clogged: NetworkState<M>['clogged'] = {};
  for (const link in network.clogged) clogged[link] = network.clogged[link]!.slice();
  return { ...clonePlain({ ...network, clogged: {} }), clogged };
}

/** The names that were asked for, by both ends: making one costs much of what a message does. */
const names = new Map<NodeId, Map<NodeId, string>>();

export function linkName(from: NodeId, to: NodeId): string {
  return names.get(from)?.get(to) ?? newName(from, to);
}

function newName(from: NodeId, to: NodeId): string {
  const name = `${from}>${to}`;
  names.set(from, new Map(names.get(from)).set(to, name));
  return name;
}

/** When the copies of a message sent now arrive (virtual microseconds), or why none does. */
export function route(
  network: NetworkState,
  random: RandomState,
  from: NodeId,
  to: NodeId,
  now: number,
): readonly number[] | 'blocked' | 'loss' {
  const link = linkName(from, to);
  if (network.blocked[link]) return 'blocked';
  const settings = network.links[link] ?? network.settings;
  if (chance(random, settings.lossRate)) return 'loss';
  const copies = chance(random, settings.duplicateRate) ? 2 : 1;
  const arrivals: number[] = [];
  for (let copy = 0; copy < copies; copy++) {
    const arrival = now + between(random, settings.delayUs[0], settings.delayUs[1]);
    if (chance(random, settings.reorderRate)) {
      arrivals.push(arrival);
      continue;
    }
    const inOrder = Math.max(arrival, network.lastArrival[link] ?? 0);
    network.lastArrival[link] = inOrder;
    arrivals.push(inOrder);
  }
  return arrivals;
}

/** Whether a message that has come over a link is delivered, kept back, or dropped and why. */
export function pass<M>(
  { blocked, clogged }: NetworkState<M>,
  arrival: Arrival<M>,
): 'passed' | 'kept' | 'blocked' | 'clogged' {
  const link = linkName(arrival.envelope.from, arrival.node);
  // A cut link loses what is on its way, too.
  if (blocked[link]) return 'blocked';
  const kept = clogged[link];
  if (kept === undefined) return 'passed';
  if (kept.length >= CLOG_LIMIT) return 'clogged';
  kept.push(arrival);
  return 'kept';
}

/** A change of the links. */
export type NetworkFault =
  /**
   * Machines of different groups do not reach each other; links of machines in no group stay as
   * they are.
   */
  | { readonly type: 'partition'; readonly groups: readonly (readonly NodeId[])[] }
  /** All links are open again, with the network's settings. */
  | { readonly type: 'heal' }
  /** One direction of a link is cut, or opened. */
  | { readonly type: 'block'; readonly from: NodeId; readonly to: NodeId }
  | { readonly type: 'unblock'; readonly from: NodeId; readonly to: NodeId }
  /**
   * One direction of a link delivers nothing, but keeps what is sent, in order, and delivers it
   * once it is free.
   */
  | { readonly type: 'clog'; readonly from: NodeId; readonly to: NodeId }
  | { readonly type: 'unclog'; readonly from: NodeId; readonly to: NodeId }
  /** All links without settings of their own. */
  | { readonly type: 'network'; readonly settings: LinkSettings }
  | { readonly type: 'link'; readonly from: NodeId; readonly to: NodeId; readonly settings: LinkSettings };

/**
 * Carries out a fault of the network, or its repair. Returns the messages that links no longer keep
 * back.
 */
export function changeNetwork<M>(network: NetworkState<M>, fault: NetworkFault): readonly Arrival<M>[] {
  let freed: Arrival<M>[] = [];
  switch (fault.type) {
    case 'partition':
      partition(network, fault.groups);
      break;
    case 'heal':
      network.blocked = {};
      network.links = {};
      freed = Object.values(network.clogged).flat();
      network.clogged = {};
      break;
    case 'block':
      network.blocked[linkName(fault.from, fault.to)] = true;
      break;
    case 'unblock':
      delete network.blocked[linkName(fault.from, fault.to)];
      break;
    case 'clog':
      network.clogged[linkName(fault.from, fault.to)] ??= [];
      break;
    case 'unclog':
      freed = network.clogged[linkName(fault.from, fault.to)] ?? [];
      delete network.clogged[linkName(fault.from, fault.to)];
      break;
    case 'network':
      network.settings = fault.settings;
      break;
    case 'link':
      network.links[linkName(fault.from, fault.to)] = fault.settings;
      break;
  }
  return freed;
}

/** Blocks every link between machines of different groups; links within a group are opened. */
function partition({ blocked }: NetworkState, groups: readonly (readonly NodeId[])[]): void {
  for (const group of groups) {
    for (const other of groups) {
      for (const from of group) {
        for (const to of other) {
          if (group === other) delete blocked[linkName(from, to)];
          else blocked[linkName(from, to)] = true;
        }
      }
    }
  }
}
