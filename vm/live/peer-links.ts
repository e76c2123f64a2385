/**
 * A machine's connections to its peers: one to each member of its cluster, and one to each machine
 * that it has admitted without knowing it, as a leader may be that was added lately.
 */
import type { NodeId } from '../clock.ts';
import type { Envelope } from '../program.ts';
import type { Membership } from './handshake.ts';
import type { Member } from './identity.ts';
import { type LinkNews, PeerLink } from './peer-link.ts';
import type { FrameEncoder } from './wire.ts';

/**
 * The most machines at a time that are linked to without being members. Only a holder of the secret
 * can be one; memory is bounded all the same.
 */
const MOST_GUESTS = 16;

/** The connections of a machine. */
export class PeerLinks {
  readonly #encoder: FrameEncoder;
  readonly #news: LinkNews;
  readonly #links = new Map<NodeId, PeerLink>();
  /** Those who are no members, and the version of their roster. */
  readonly #guests = new Map<NodeId, number>();
  #membership: Membership;

  /** Connects to all members. */
  constructor(membership: Membership, encoder: FrameEncoder, news: LinkNews) {
    this.#membership = membership;
    this.#encoder = encoder;
    this.#news = news;
    for (const member of this.#peers()) this.#open(member);
  }

  get(peer: NodeId): PeerLink | undefined {
    return this.#links.get(peer);
  }

  send(peer: NodeId, envelope: Envelope<unknown>, lazy: boolean): void {
    const link = this.#links.get(peer);
    if (link !== undefined) link.send(envelope, lazy);
    else this.#news.dropped(peer, envelope.id, 'unreachable', envelope.body);
  }

  /** Links to just the members of `membership`; all are told what is new in it. */
  follow(membership: Membership): void {
    this.#membership = membership;
    const peers = this.#peers();
    for (const [id, link] of this.#links) {
      const member = peers.find((peer) => peer.id === id);
      if (member === undefined ? this.#isStillGuest(id) : member.url === link.peer.url) {
        link.introduce(membership);
      } else this.#close(id, link);
    }
    for (const peer of peers) {
      this.#guests.delete(peer.id);
      if (!this.#links.has(peer.id)) this.#open(peer);
    }
  }

  /** Links to a machine that was admitted, has a roster of that version, and is not known here. */
  welcome(guest: Member, version: number): void {
    const link = this.#links.get(guest.id);
    if (link !== undefined && !this.#guests.has(guest.id)) return;
    if (link === undefined && this.#guests.size >= MOST_GUESTS) return;
    this.#guests.set(guest.id, version);
    if (link?.peer.url === guest.url) return;
    if (link !== undefined) this.#close(guest.id, link);
    this.#open(guest);
  }

  /** Bytes of messages sent to each peer. */
  sentBytes(): ReadonlyMap<NodeId, number> {
    return new Map([...this.#links].map(([peer, link]) => [peer, link.sentBytes]));
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }

  #peers(): Member[] {
    const { self, members } = this.#membership;
    return members.filter(({ id }) => id !== self);
  }

  /** A roster that is as late as the guest's would have it, if it belonged here. */
  #isStillGuest(id: NodeId): boolean {
    return (this.#guests.get(id) ?? 0) > this.#membership.version;
  }

  #open(peer: Member): void {
    this.#links.set(peer.id, new PeerLink(peer, this.#membership, this.#encoder, this.#news));
  }

  #close(id: NodeId, link: PeerLink): void {
    this.#links.delete(id);
    this.#guests.delete(id);
    link.close();
    this.#news.disagrees(id, false);
    this.#news.link(id, false);
  }
}
