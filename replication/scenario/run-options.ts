/** What a scenario's run is made of, and how its clients' requests are made and checked. */
import type { EventRecord, NodeId, Value } from '../../vm/index.ts';
import type { WorldSettings } from '../../vm/sim/index.ts';
import type { SessionWindow } from '../core/session-window.ts';
import type { ProtocolRequest } from '../protocol.ts';
import type { ClusterObserver } from '../sim/cluster.ts';
import type { KeyValueProtocol } from '../sim/protocol.ts';
import type { HistoryGuarantee } from './scene.ts';

/** Where and how a request is made. Names are those of the scenario. */
export interface RequestOptions {
  readonly node: string;
  /** What the answer is called. */
  readonly name: string | undefined;
  readonly session: string | undefined;
  /** Who makes it. */
  readonly client?: string | undefined;
  /** The request in words. */
  readonly text: string;
}

/** A request that was not made. Names are those of the scenario. */
export interface CapturedRequest extends Pick<RequestOptions, 'node' | 'name' | 'session'> {
  readonly body: ProtocolRequest;
}

/** Checks the history of the clients: whether what they were told can be true. */
export interface HistoryCheck extends Required<Pick<ClusterObserver, 'answered'>> {
  /** A request to a replica that is up; `client` is who makes it, if the scenario says so. */
  asked(id: string, node: NodeId, body: ProtocolRequest, atUs: number, client?: string): void;
  /**
   * What breaks a guarantee, in words; undefined if nothing does. `finals`: what each of the
   * running replicas holds of a key.
   */
  broken(guarantee: HistoryGuarantee, finals: (key: string) => readonly Value[]): string | undefined;
  /** The network may deliver messages more than once, now or later. */
  duplicates(): void;
  /** What cannot be true, in words; undefined if all can. */
  contradiction(): string | undefined;
}

/** What a scenario's run is made of. */
export interface RunOptions {
  readonly protocol: KeyValueProtocol;
  /** What its clients use. */
  readonly Window: typeof SessionWindow;
  readonly settings: WorldSettings;
  readonly history: HistoryCheck | undefined;
  /** Is called with every event. */
  readonly hear: (record: EventRecord) => void;
  /** Is called with all that is done to the world. */
  readonly acted: NonNullable<ClusterObserver['acted']>;
}
