/** A live run with its client history: real processes and disks, with a leader that is killed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyzeRun } from '../../analysis/analyze.ts';
import { ClientHistory } from '../../analysis/campaign/client-history.ts';
import { tickraftHistory } from '../../analysis/history/tickraft-history.ts';
import { SCHEMA_VERSION } from '../../logs/format/schema.ts';
import { createRun } from '../../logs/run-folder.ts';
import { ReplicationClient } from '../../replication/client/client.ts';
import type { KeyValueCommand, KeyValueQuery, KeyValueResult } from '../../replication/core/key-value.ts';
import type { ReplicationError } from '../../replication/errors.ts';
import type { ProtocolRequest } from '../../replication/protocol.ts';
import type { Outcome } from '../../vm/program.ts';
import type { Value } from '../../vm/store.ts';
import { freePorts, type Process, startProcess } from '../bench/cluster.ts';
import type { ReplicaArguments } from '../bench/replica-process.ts';
import { removeTemporary, temporaryFolder } from '../logs/temporary.ts';

afterAll(removeTemporary);

type Client = ReplicationClient<KeyValueCommand, KeyValueResult, KeyValueQuery, Value>;

const IDS = ['r1', 'r2', 'r3'];
const REPLICA = fileURLToPath(new URL('../bench/replica.ts', import.meta.url));
const CLIENTS = ['c1', 'c2', 'c3', 'c4'];
const KEYS = ['x', 'y'];
const OPERATIONS = 100;

/** Three replicas that write their logs into one run folder. */
class LiveRun {
  readonly dir = join(temporaryFolder(), 'run');
  readonly processes = new Map<string, Process>();
  readonly #replicas: ReplicaArguments['replicas'];

  private constructor(ports: readonly number[]) {
    this.#replicas = IDS.map((id, i) => ({ id, url: `http://127.0.0.1:${ports[i]}` }));
    createRun(this.dir, {
      schemaVersion: SCHEMA_VERSION,
      program: 'key-value',
      protocol: 'raft',
      machines: IDS.map((id) => ({ id, ticksPerSecond: 100 })),
      stamp: 'after',
      vector: true,
      versions: {},
      settings: { mode: 'live' },
      startedAt: new Date().toISOString(),
      finished: false,
    });
  }

  static async start(): Promise<LiveRun> {
    const run = new LiveRun(await freePorts(IDS.length));
    for (const id of IDS) mkdirSync(join(run.dir, id));
    await Promise.all(IDS.map((id) => run.begin(id)));
    return run;
  }

  get urls(): string[] {
    return this.#replicas.map(({ url }) => url);
  }

  async begin(id: string): Promise<void> {
    const own: ReplicaArguments = {
      id,
      folder: this.dir,
      recording: true,
      rate: 100,
      settings: {},
      replicas: this.#replicas,
    };
    const args = ['--import', 'tsx', REPLICA, JSON.stringify(own)];
    this.processes.set(id, await startProcess(process.execPath, args, 'channel'));
  }
}

/** Microseconds since 1970, as in the logs. */
const now = () => Math.round((performance.timeOrigin + performance.now()) * 1000);

/** Carries out a request, and keeps what came of it. */
async function recorded(
  history: ClientHistory,
  id: string,
  client: string,
  request: ProtocolRequest,
  does: () => Promise<unknown>,
) {
  history.asked(id, client, request, now());
  const outcome = await does().then(
    (value): Outcome => ({ ok: true, value }),
    ({ code, message }: ReplicationError): Outcome => ({ ok: false, code, message }),
  );
  history.answered(id, outcome, now());
}

/** One thing after the other, on a few keys that all use. */
async function work(name: string, client: Client, history: ClientHistory, done: () => void): Promise<void> {
  for (let i = 1; i <= OPERATIONS; i++) {
    const key = KEYS[i % KEYS.length]!;
    const id = `${name}-${i}`;
    if (i % 3 === 0) {
      const query = { type: 'get', key } as const;
      const request = { type: 'read', query, consistency: 'linearizable' } as const;
      await recorded(history, id, name, request, () => client.read(query));
    } else {
      const command = { type: 'put', key, value: id } as const;
      await recorded(history, id, name, { type: 'submit', command }, () => client.submit(command));
    }
    done();
  }
}

test('the checks and the history of a live run hold; changing a single answer violates them', async () => {
  const live = await LiveRun.start();
  const history = new ClientHistory();
  const clients: Client[] = [];
  try {
    for (const _ of CLIENTS) clients.push(await ReplicationClient.connect(live.urls));
    let operations = 0;
    let killed: Promise<number> | undefined;
    const done = () => {
      if (++operations === (CLIENTS.length * OPERATIONS) / 4) killed = killLeader(live, clients[0]!);
    };
    await Promise.all(CLIENTS.map((name, i) => work(name, clients[i]!, history, done)));
    // The log of the leader that was killed may have lost its last second, and with it that it ever
    // led.
    expect((await clients[0]!.status()).term).toBeGreaterThan((await killed)!);
  } finally {
    for (const client of clients) client.close();
    for (const { kill } of live.processes.values()) kill();
  }
  const file = join(live.dir, 'history.jsonl');
  writeFileSync(file, tickraftHistory(history.operations, null));
  const first = await analyzeRun(live.dir);
  const verdicts = Object.fromEntries(first.checks.map(({ name, outcome }) => [name, outcome]));
  expect(Object.entries(verdicts).filter(([, outcome]) => outcome === 'violated')).toEqual([]);
  expect(verdicts).toMatchObject({ linearizability: 'holds', 'committed-by-majority': 'holds' });

  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findLastIndex((line) => line.includes('"value":"c') && line.includes('"return"'));
  lines[at] = lines[at]!.replace(/"value":"c\d+-\d+"/, '"value":"c1-1"');
  writeFileSync(file, lines.join('\n'));
  const { checks } = await analyzeRun(live.dir);
  const violated = checks.filter(({ outcome }) => outcome === 'violated');
  expect(violated.map(({ name }) => name)).toEqual(['linearizability']);
}, 120_000);

/** Kills the leader, and starts it again. Returns the term that it led. */
async function killLeader(live: LiveRun, client: Client): Promise<number> {
  const { leader, term } = await client.status();
  live.processes.get(leader!)!.kill();
  await live.begin(leader!);
  return term;
}
