/**
 * What a new member costs: how long it takes from `member add` until it votes, and what callers
 * notice meanwhile. Three members hold the data, callers write all the time, and a fourth one, with
 * nothing, is added.
 */
import { performance } from 'node:perf_hooks';
import { ReplicationClient } from '../../replication/client/client.ts';
import type { KeyValueCommand } from '../../replication/core/key-value.ts';
import { greetingHeaders } from '../../vm/live/handshake.ts';
import { freePorts, MEMBERS } from './cluster.ts';
import { temporaryFolder } from './ending.ts';
import { type Figure, figure, quantile } from './measure.ts';
import { startMemberProcess } from './replica-process.ts';

/** A client of the members. */
export type Client = ReplicationClient<KeyValueCommand, unknown, never, unknown>;

/** What the members hold when another one is added. */
export type Holding =
  /** So many megabytes of data. */
  | { readonly megabytes: number }
  /** Little data, by so many entries: the new member is as many behind. */
  | { readonly entries: number };

const CALLERS = 16;
const VALUE = 'v'.repeat(128);
const LARGE_VALUE = 'v'.repeat(16 * 2 ** 10);
/** Commands under way while the members are filled. */
const IN_FLIGHT = 64;
/** Keys of small values, which are written in turn. */
const KEYS = 1_000;
const LOOK_MS = 25;
/** How long it may take until a member votes, and until there is a leader, in milliseconds. */
const LONGEST_MS = 600_000;

/** The names of the figures. */
export function memberNames(holding: Holding) {
  const what =
    'megabytes' in holding
      ? `${holding.megabytes} MB of data`
      : `${holding.entries.toLocaleString('en-US')} entries`;
  return {
    promoted: `a member more, ${what}, from add to vote`,
    rate: `a member more, ${what}, writes during over before`,
    p99: `a member more, ${what}, p99 during over before`,
  };
}

/** Adds a member `runs` times, each time to a cluster of three that is under load. */
export async function addingMembers(holding: Holding, seconds: number, runs: number): Promise<Figure[]> {
  const folder = temporaryFolder();
  const ports = await freePorts(MEMBERS.length + runs);
  const addresses = ports.map((port, i) => ({ id: `r${i + 1}`, url: `http://127.0.0.1:${port}` }));
  const founders = addresses.slice(0, MEMBERS.length);
  const processes = [];
  for (const { id } of founders)
    processes.push(await startMemberProcess({ id, folder: folder.path, replicas: founders }));
  const client: Client = await ReplicationClient.connect(founders.map(({ url }) => url));
  await until(async () => (await client.status()).leader);
  await fill(client, holding);
  const samples: Sample[] = [];
  for (const address of addresses.slice(MEMBERS.length)) {
    const load = new Load(client);
    await new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));
    const before = load.measured();
    processes.push(
      await startMemberProcess({
        ...{ id: address.id, folder: folder.path, replicas: [address] },
        join: founders.map(({ url }) => url),
      }),
    );
    // Its start is no part of it, neither before nor during.
    load.measured();
    const start = performance.now();
    await change(founders[0]!.url, { do: 'add', role: 'voter', ...address });
    await until(() => votes(founders[0]!.url, address.id));
    const took = (performance.now() - start) / 1_000;
    samples.push({ took, before, during: load.measured() });
    await load.end();
    await change(founders[0]!.url, { do: 'remove', id: address.id });
  }
  client.close();
  for (const { kill } of processes) kill();
  folder.remove();
  const names = memberNames(holding);
  const over = (value: (one: Stretch) => number) =>
    samples.map(({ before, during }) => value(during) / value(before));
  return [
    figure(
      names.promoted,
      's',
      samples.map(({ took }) => took),
    ),
    figure(
      names.rate,
      '',
      over(({ rate }) => rate),
    ),
    figure(
      names.p99,
      '',
      over(({ p99 }) => p99),
    ),
  ];
}

/** Callers of some time: writes a second, and milliseconds that 99 of 100 took less than. */
interface Stretch {
  readonly rate: number;
  readonly p99: number;
}

interface Sample {
  readonly took: number;
  readonly before: Stretch;
  readonly during: Stretch;
}

/** Callers that each write, wait for the answer and write again. */
class Load {
  #times: number[] = [];
  #since = performance.now();
  #isOn = true;
  readonly #callers: readonly Promise<void>[];

  constructor(client: Client) {
    this.#callers = Array.from({ length: CALLERS }, (_, number) => this.#call(client, number));
  }

  /** The time since it was asked last. */
  measured(): Stretch {
    const [times, now] = [this.#times, performance.now()];
    const rate = (1_000 * times.length) / (now - this.#since);
    this.#times = [];
    this.#since = now;
    return { rate, p99: quantile(times, 0.99) };
  }

  async end(): Promise<void> {
    this.#isOn = false;
    await Promise.all(this.#callers);
  }

  async #call(client: Client, number: number): Promise<void> {
    for (let before = performance.now(); this.#isOn; ) {
      await client.submit({ type: 'put', key: `caller${number}`, value: VALUE });
      const now = performance.now();
      this.#times.push(now - before);
      before = now;
    }
  }
}

/** Writes until the members hold so much. */
export async function fill(client: Client, holding: Holding): Promise<void> {
  let next = 0;
  const [isFull, value, keys] =
    'megabytes' in holding
      ? [() => next * LARGE_VALUE.length >= holding.megabytes * 1e6, LARGE_VALUE, Infinity]
      : [await entriesAppended(client, holding.entries), VALUE, KEYS];
  const writer = async () => {
    while (!isFull()) await client.submit({ type: 'put', key: `k${next++ % keys}`, value });
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
}

/** Whether the log has got so many entries since: looked up now and then, as several share one. */
async function entriesAppended(client: Client, entries: number): Promise<() => boolean> {
  const { lastIndex: first } = await client.status();
  let [last, asked] = [first, 0];
  return () => {
    if (asked++ % 1_000 === 0) void client.status().then(({ lastIndex }) => (last = lastIndex));
    return last - first >= entries;
  };
}

/** Changes the members by one that is reached at `url`. */
export async function change(url: string, one: object): Promise<void> {
  const response = await fetch(`${url}/admin/change-members`, {
    method: 'POST',
    headers: greetingHeaders({}),
    body: JSON.stringify({ changes: [one] }),
  });
  if (!response.ok) throw new Error(`the members were not changed: ${(await response.text()).trim()}`);
}

/** Whether `id` votes, and that is committed, as the one at `url` knows; undefined if not yet. */
export async function votes(url: string, id: string): Promise<true | undefined> {
  const response = await fetch(`${url}/admin/status`, { method: 'POST', headers: greetingHeaders({}) });
  const { commit, configuration } = (await response.json()) as {
    readonly commit: number;
    readonly configuration: { readonly index: number; readonly voters: readonly string[] };
  };
  return (configuration.voters.includes(id) && configuration.index <= commit) || undefined;
}

/** Asks until there is an answer. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const end = performance.now() + LONGEST_MS; performance.now() < end; ) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`the members have not got on in ${LONGEST_MS / 1_000} s`);
}
