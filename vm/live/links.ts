/**
 * Links between machines over Socket.IO: each machine connects to every peer and sends on its own
 * connection, so the messages of one sender to one receiver stay in order. Who the peers are may
 * change while it runs.
 *
 * Links behave as the paper's network: a message arrives once or not at all, and the sender is not
 * told. Nothing is kept for a peer that cannot be reached, since a message that arrives long after
 * it was sent is useless: it is dropped, and the drop is reported for the log. What one step sends
 * to one peer travels as one batch.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Namespace, Server, Socket } from 'socket.io';
import type { NodeId } from '../clock.ts';
import type { Envelope, Packing, Roster } from '../program.ts';
import { Disagreements } from './disagreements.ts';
import type { LiveDisk } from './disk/durable-disk.ts';
import {
  type Admission,
  addressOf,
  admit,
  checkSecret,
  DISAGREES,
  isFromPage,
  isOfFormerVersion,
  type Membership,
  PEER_PATH,
  peerGreetingOf,
} from './handshake.ts';
import {
  difference,
  type Identity,
  type Member,
  mayBelong,
  memberOf,
  type Start,
  setBack,
} from './identity.ts';
import type { LinkEvents, LinkNews } from './peer-link.ts';
import { PeerLinks } from './peer-links.ts';
import { MESSAGES, PEER_NAMESPACE, peerParser } from './peer-parser.ts';
import { timePings } from './round-trips.ts';
import type { GuardedServer } from './server/guarded-server.ts';
import { openEndpoint, type Refusal } from './server/websocket-server.ts';
import { decodeFrame, FrameEncoder } from './wire.ts';

/**
 * Bytes of one batch, at most. An append of many entries is large; only peers get as far as sending
 * one.
 */
const MAX_BATCH_BYTES = 128 * 2 ** 20;
/** A peer that sends nothing for about this long (ms) counts as gone. */
const PING_MS = 2_000;

/** How a machine sends. */
export interface Links<M> {
  /**
   * Never waits and never fails: what cannot be sent is dropped. A `lazy` one may travel with the
   * next.
   */
  send(to: readonly NodeId[], envelope: Envelope<M>, lazy?: boolean): void;
  /**
   * The cluster's id is known now; peers are informed, and those of another cluster disconnected.
   */
  identify(clusterId: string): void;
  /** The members are those of `roster`; with version 0, those that it was started with. */
  follow(roster: Roster): void;
  close(): Promise<void>;
}

/** Options of links. */
export interface LinkOptions<M> {
  readonly server: GuardedServer;
  readonly self: NodeId;
  /** The machines that the run began with, this one included. */
  readonly members: readonly Member[];
  /** The name of the cluster or run. */
  readonly cluster: string;
  /** What this machine starts from. */
  readonly disk: Pick<LiveDisk, 'boot' | 'serial' | 'clusterId'>;
  readonly secret?: string | undefined;
  /** The program's. */
  readonly packing?: Packing<M> | undefined;
  /** Called with how long a peer took to answer a ping, every few seconds. */
  readonly onRoundTrip?: ((peer: NodeId, seconds: number) => void) | undefined;
}

/** Links over Socket.IO. Listens on `server`, and starts connecting to all peers at once. */
export class SocketLinks<M> implements Links<M> {
  readonly #links: PeerLinks;
  readonly #first: readonly Member[];
  readonly #io: Server;
  readonly #events: LinkEvents<M>;
  readonly #disagreements: Disagreements;
  /** The latest start of each peer that was admitted. */
  readonly #starts = new Map<NodeId, Start>();
  /** The senders of the upgrade requests that were admitted. */
  readonly #admitted = new WeakMap<IncomingMessage, Identity>();
  readonly #packing: Packing<M> | undefined;
  readonly #onRoundTrip: LinkOptions<M>['onRoundTrip'];
  #membership: Membership;

  /** Throws a `LiveError` if the secret is empty. */
  constructor({ server, disk, packing, onRoundTrip, ...run }: LinkOptions<M>, events: LinkEvents<M>) {
    checkSecret(run.secret);
    const { boot, serial, clusterId } = disk;
    this.#first = run.members;
    this.#membership = { ...run, version: 0, clusterId, start: { boot, serial, nonce: randomUUID() } };
    this.#events = events;
    this.#packing = packing;
    this.#onRoundTrip = onRoundTrip;
    this.#disagreements = new Disagreements((line) => events.notice(line));
    const news: LinkNews = {
      link: (peer, up) => events.link(peer, up),
      dropped: (peer, message, why, body) => events.dropped(peer, message, why, body),
      notice: (line) => events.notice(line),
      disagrees: (peer, still) => this.#disagreements.note(peer, still),
    };
    const encoder = new FrameEncoder(packing as Packing<unknown> | undefined);
    this.#links = new PeerLinks(this.#membership, encoder, news);
    this.#io = openEndpoint(server, {
      path: PEER_PATH,
      parser: peerParser,
      maxFrameBytes: MAX_BATCH_BYTES,
      pingInterval: PING_MS,
      pingTimeout: PING_MS,
      admit: (request) => this.#admit(request),
    });
    this.#serve(this.#io.of(PEER_NAMESPACE));
  }

  send(to: readonly NodeId[], envelope: Envelope<M>, lazy = false): void {
    const isHeldBack = this.#isHeldBack;
    for (const peer of to) {
      if (isHeldBack) this.#events.dropped(peer, envelope.id, 'disagreement', envelope.body);
      else this.#links.send(peer, envelope, lazy);
    }
  }

  /** Bytes of messages sent to each peer. */
  sentBytes(): ReadonlyMap<NodeId, number> {
    return this.#links.sentBytes();
  }

  identify(clusterId: string): void {
    this.#change({ ...this.#membership, clusterId });
  }

  follow({ version, members }: Roster): void {
    this.#change({ ...this.#membership, version, members: version === 0 ? this.#first : members });
  }

  #change(membership: Membership): void {
    this.#membership = membership;
    this.#links.follow(membership);
    for (const socket of this.#io.of(PEER_NAMESPACE).sockets.values()) {
      const peer = this.#admitted.get(socket.request)!;
      const why = difference(membership, peer);
      if (why !== undefined) this.#disconnect(socket, why);
      else if (!mayBelong(membership, peer)) socket.disconnect(true);
    }
  }

  async close(): Promise<void> {
    this.#links.close();
    this.#io.of(PEER_NAMESPACE).disconnectSockets(true);
    await this.#io.close();
  }

  /**
   * A cluster that has no id yet may be about to be bootstrapped, which must not happen twice: as
   * long as members disagree about the membership, no message passes here. A cluster with an id was
   * bootstrapped by a majority, and continues.
   */
  get #isHeldBack(): boolean {
    return this.#membership.clusterId === undefined && this.#disagreements.isAny;
  }

  #admit(request: IncomingMessage): string | Refusal | undefined {
    const address = addressOf(request);
    const answer: Admission = isFromPage(request)
      ? { refused: 'pages may not connect to replicas as peers' }
      : isOfFormerVersion(request)
        ? { refused: 'it runs an earlier version: stop all replicas, then start all with the same one' }
        : this.#judge(peerGreetingOf(request), address);
    if ('peer' in answer) {
      this.#admitted.set(request, answer.peer);
      return undefined;
    }
    const { refused, disagrees } = answer;
    if (disagrees === undefined) {
      this.#events.notice(`refused a peer from ${address}: ${refused}`);
      return refused;
    }
    this.#refuse(disagrees, address, refused);
    return { why: refused, status: DISAGREES };
  }

  /** Whether the sender of this greeting may be linked to. */
  #judge(said: unknown, address: string): Admission {
    const answer = admit(this.#membership, said, address);
    if (!('peer' in answer)) return answer;
    const { self: peer, start, clusterId } = answer.peer;
    const why = setBack(peer, start, this.#starts.get(peer));
    if (why !== undefined) return { refused: why, disagrees: peer };
    this.#starts.set(peer, start);
    this.#disagreements.note(peer, false);
    if (clusterId !== undefined) this.#events.clusterId(clusterId);
    this.#linkBack(answer.peer);
    return answer;
  }

  /** A machine that is not known here has the way back in its greeting: it expects answers. */
  #linkBack(peer: Identity): void {
    const address = memberOf(peer, peer.self);
    if (address === undefined || memberOf(this.#membership, peer.self) !== undefined) return;
    this.#links.welcome(address, peer.version);
  }

  /** A member, or a caller that claims to be one, does not belong to this cluster. */
  #refuse(peer: NodeId, address: string, why: string): void {
    this.#disagreements.note(peer, true);
    this.#disagreements.tell(peer, address, why);
  }

  #serve(namespace: Namespace): void {
    namespace.on('connection', (socket) => {
      const { self: peer } = this.#admitted.get(socket.request)!;
      socket.data.peer = peer;
      timePings(socket.conn, (seconds) => this.#onRoundTrip?.(peer, seconds));
      // The peer's latest connection counts; an earlier one is from before it restarted.
      for (const other of namespace.sockets.values()) {
        if (other !== socket && other.data.peer === peer) other.disconnect(true);
      }
      this.#links.get(peer)?.hurry();
      this.#events.joined(peer);
      socket.on(MESSAGES, (frame: unknown) => this.#receive(peer, frame));
      socket.on('greeting', (said: unknown) => this.#greetedAgain(socket, said));
      // A peer may emit an event named `error`; without a listener that would end the process.
      socket.on('error', () => {});
    });
  }

  /** A peer has learned something about itself since it was admitted. */
  #greetedAgain(socket: Socket, said: unknown): void {
    const answer = this.#judge(said, socket.handshake.address);
    if (!('peer' in answer)) this.#disconnect(socket, answer.refused);
    else if (answer.peer.self !== socket.data.peer) socket.disconnect(true);
    else this.#admitted.set(socket.request, answer.peer);
  }

  /** An admitted peer does not belong to this cluster, as it turns out. */
  #disconnect(socket: Socket, why: string): void {
    this.#refuse(socket.data.peer as NodeId, socket.handshake.address, why);
    socket.disconnect(true);
  }

  #receive(peer: NodeId, frame: unknown): void {
    const isHeldBack = this.#isHeldBack;
    for (const envelope of decodeFrame<M>(peer, frame, this.#packing)) {
      if (envelope === undefined) this.#events.dropped(peer, undefined, 'malformed');
      else if (isHeldBack) this.#events.dropped(peer, undefined, 'disagreement');
      else this.#events.message(envelope);
    }
  }
}
