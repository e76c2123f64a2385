/**
 * Real replicas of a key-value store in this process: sockets and disks are real, only the
 * processes are shared.
 */
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'socket.io';
import {
  type KeyValueCommand,
  type KeyValueQuery,
  type KeyValueResult,
  keyValueMachine,
} from '../../../replication/core/key-value.ts';
import { Replica } from '../../../replication/live/replica.ts';
import { attachClients } from '../../../replication/live/server.ts';
import { listen } from '../../../replication/live/start-replica.ts';
import type { RaftMessage } from '../../../replication/raft/messages.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import type { RaftSettings } from '../../../replication/raft/settings.ts';
import type { RaftState } from '../../../replication/raft/state.ts';
import { liveTiming } from '../../../replication/raft/timing.ts';
import type { LiveError } from '../../../vm/errors.ts';
import { DurableDisk } from '../../../vm/live/disk/durable-disk.ts';
import { GuardedServer } from '../../../vm/live/server/guarded-server.ts';
import type { Value } from '../../../vm/store.ts';

type KeyValueReplica = Replica<KeyValueCommand, KeyValueResult, KeyValueQuery, Value, RaftState, RaftMessage>;

/**
 * Ticks a second. Timeouts are those of live clusters: a disk that others keep busy is no reason to
 * elect.
 */
const RATE = 100;

/** One replica and what it stands on. */
export interface Member {
  readonly id: string;
  readonly url: string;
  readonly http: GuardedServer;
  readonly clients: Server;
  readonly disk: DurableDisk;
  replica: KeyValueReplica;
  failures: LiveError[];
}

export class Cluster {
  readonly #root = mkdtempSync(join(tmpdir(), 'tickraft-cluster-'));
  readonly members = new Map<string, Member>();
  readonly #ports = new Map<string, number>();

  readonly #settings: Partial<RaftSettings>;
  /** Emits `row` for each row that a replica would write into its event log. */
  readonly #news = new EventEmitter();

  private constructor(settings: Partial<RaftSettings>) {
    this.#settings = settings;
  }

  static async start(size: number, settings: Partial<RaftSettings> = {}): Promise<Cluster> {
    const cluster = new Cluster(settings);
    const https = await Promise.all(Array.from({ length: size }, () => listenOn(0)));
    for (const [i, http] of https.entries())
      cluster.#ports.set(`r${i + 1}`, (http.address() as AddressInfo).port);
    for (const [i, http] of https.entries()) cluster.#run(`r${i + 1}`, http);
    return cluster;
  }

  /** Stops one replica cleanly. */
  async stop(id: string): Promise<void> {
    const { replica, clients, http } = this.members.get(id)!;
    this.members.delete(id);
    await replica.stop();
    await clients.close();
    await new Promise((resolve) => http.close(resolve));
  }

  /** Brings a stopped replica back, on its port and its data. */
  async restart(id: string): Promise<void> {
    const http = await listenOn(this.#ports.get(id)!);
    try {
      this.#run(id, http);
    } catch (error) {
      http.close();
      throw error;
    }
  }

  /** The data directory of a replica. */
  directory(id: string): string {
    return join(this.#root, id);
  }

  async close(): Promise<void> {
    await Promise.all([...this.members.keys()].map((id) => this.stop(id)));
    rmSync(this.#root, { recursive: true, force: true });
  }

  get(id: string): KeyValueReplica {
    return this.members.get(id)!.replica;
  }

  urls(): string[] {
    return [...this.members.values()].map(({ url }) => url);
  }

  /** The leader, once all who are up agree on one of them. */
  async leader(): Promise<string> {
    for (;;) {
      const statuses = [...this.members.values()].map(({ replica }) => replica.status());
      const { leader } = statuses[0]!;
      const agreed =
        leader !== undefined && this.members.has(leader) && statuses.every((s) => s.leader === leader);
      if (agreed && this.get(leader).status().role === 'leader') return leader;
      await once(this.#news, 'row');
    }
  }

  /** Until a replica counts: it has all that it may have acknowledged. */
  async normal(id: string): Promise<void> {
    while (this.get(id).status().recovery !== 'normal') await once(this.#news, 'row');
  }

  /** Until all who are up have applied the same. */
  async agreed(): Promise<void> {
    for (;;) {
      const applied = [...this.members.values()].map(({ replica }) => replica.status().applied);
      if (new Set(applied).size === 1) return;
      await once(this.#news, 'row');
    }
  }

  #run(id: string, http: GuardedServer): void {
    const replicas = [...this.#ports].map(([id, port]) => ({ id, url: `http://127.0.0.1:${port}` }));
    const failures: LiveError[] = [];
    const protocol = createRaft(keyValueMachine, { ...liveTiming(RATE), ...this.#settings });
    const disk = DurableDisk.open(this.directory(id), { id, cluster: 'test' }, protocol);
    const replica: KeyValueReplica = new Replica({
      protocol,
      self: id,
      replicas,
      cluster: 'test',
      secret: 'shared',
      server: http,
      disk,
      rate: RATE,
      record: () => void this.#news.emit('row'),
      onFailure: (error) => void failures.push(error),
    });
    const check = {
      command: (value: unknown) => value as KeyValueCommand,
      query: (value: unknown) => value as KeyValueQuery,
    };
    const clients = attachClients(http, {
      replication: replica,
      secret: 'shared',
      check,
    });
    const { url } = replicas.find((r) => r.id === id)!;
    this.members.set(id, { id, url, http, clients, disk, replica, failures });
  }
}

async function listenOn(port: number): Promise<GuardedServer> {
  const http = new GuardedServer();
  await listen(http, '127.0.0.1', port);
  return http;
}
