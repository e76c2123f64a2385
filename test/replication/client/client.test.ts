import { io } from 'socket.io-client';
import { ReplicationClient } from '../../../replication/client/client.ts';
import type { KeyValueCommand, KeyValueQuery, KeyValueResult } from '../../../replication/core/key-value.ts';
import { CLIENT_PATH } from '../../../replication/failover/wire.ts';
import { greetingHeaders } from '../../../vm/live/handshake.ts';
import type { Value } from '../../../vm/store.ts';
import { Cluster } from '../live/cluster.ts';

type Client = ReplicationClient<KeyValueCommand, KeyValueResult, KeyValueQuery, Value>;

let cluster: Cluster;
const clients: Client[] = [];

beforeAll(async () => {
  cluster = await Cluster.start(3);
  await cluster.leader();
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

afterAll(() => cluster.close());

async function connect(servers = cluster.urls(), options = {}): Promise<Client> {
  const client: Client = await ReplicationClient.connect(servers, { secret: 'shared', ...options });
  clients.push(client);
  return client;
}

const put = (key: string, value: number) => ({ type: 'put', key, value }) as const;

test('submits and reads; calls of one turn get their own answers', async () => {
  const client = await connect();
  const results = await Promise.all(Array.from({ length: 300 }, (_, i) => client.submit(put(`a${i}`, i))));
  expect(results.every(({ done, previous }) => done && previous === null)).toBe(true);
  const values = await Promise.all(
    Array.from({ length: 300 }, (_, i) => client.read({ type: 'get', key: `a${i}` })),
  );
  expect(values).toEqual(Array.from({ length: 300 }, (_, i) => i));
  expect((await client.status()).replicas.map(({ id }) => id)).toEqual(['r1', 'r2', 'r3']);
});

test('an empty secret is refused at once', async () => {
  await expect(connect(cluster.urls(), { secret: ' ' })).rejects.toMatchObject({ code: 'SecretEmpty' });
});

test('while replicas stop and come back, every command is applied exactly once', async () => {
  // It knows one replica to begin with, and must learn the others.
  const client = await connect(cluster.urls().slice(0, 1));
  let running = true;
  let counted = 0;
  let onCount = () => {};
  const count = async () => {
    while (running) {
      const now = counted;
      const result = await client.submit({
        type: 'cas',
        key: 'count',
        expected: now === 0 ? null : now,
        value: now + 1,
      });
      expect(result).toEqual({ done: true, previous: now === 0 ? null : now });
      counted++;
      onCount();
    }
  };
  const counting = count();
  for (let round = 0; round < 3; round++) {
    const leader = await cluster.leader();
    await cluster.stop(leader);
    const before = counted;
    const goesOn = new Promise<void>((resolve) => {
      onCount = () => void (counted >= before + 20 && resolve());
    });
    // Counting ends by itself only if an answer is wrong.
    await Promise.race([goesOn, counting]);
    await cluster.restart(leader);
  }
  running = false;
  await counting;
  expect(await client.read({ type: 'get', key: 'count' })).toBe(counted);
});

test('a command whose answer is lost on the way is not applied twice', async () => {
  const client = await connect();
  const cut = () => {
    for (const { clients } of cluster.members.values()) clients.of('/client').disconnectSockets(true);
  };
  for (let count = 1; count <= 30; count++) {
    const submit = client.submit({
      type: 'cas',
      key: 'cut',
      expected: count === 1 ? null : count - 1,
      value: count,
    });
    // Applied, but not answered yet: the answer is a turn of the event loop away.
    await new Promise<void>((resolve) => {
      const stops = [...cluster.members.values()].map(({ replica }) => replica.onApplied(() => resolve()));
      void submit.then(() => resolve()).finally(() => stops.map((stop) => stop()));
    });
    cut();
    expect(await submit).toEqual({ done: true, previous: count === 1 ? null : count - 1 });
  }
});

test.each([[undefined], ['wrong']])('with the secret %s it is not let in, and learns why', async (secret) => {
  await expect(connect(cluster.urls(), { secret, deadlineMs: 300 })).rejects.toMatchObject({
    code: 'NoLeader',
    message: expect.stringContaining("the cluster's secret is required"),
  });
});

test('a server that does not exist is reported with its address at the deadline', async () => {
  await expect(connect(['http://127.0.0.1:9'], { deadlineMs: 200 })).rejects.toMatchObject({
    code: 'NoLeader',
    message: expect.stringContaining('http://127.0.0.1:9'),
  });
});

test('a read by a lease is refused where leases are off, and says why', async () => {
  const client = await connect();
  await expect(client.read({ type: 'get', key: 'x' }, { consistency: 'lease' })).rejects.toMatchObject({
    code: 'Rejected',
    message: 'leases are off: leaseTicks is 0',
  });
});

test('too many waiting calls are refused as Overloaded', async () => {
  const client = await connect(cluster.urls(), { maxWaiting: 10 });
  const reads = Array.from({ length: 10 }, () => client.read({ type: 'get', key: 'x' }));
  await expect(client.read({ type: 'get', key: 'x' })).rejects.toMatchObject({ code: 'Overloaded' });
  await Promise.all(reads);
});

test('malformed requests are refused one by one, and the connection stays open', async () => {
  const socket = io(`${cluster.urls()[0]}/client`, {
    transports: ['websocket'],
    forceNew: true,
    extraHeaders: greetingHeaders({ secret: 'shared' }),
    path: CLIENT_PATH,
  });
  try {
    const ask = (batch: unknown) => socket.timeout(5_000).emitWithAck('requests', batch);
    socket.emit('error', 'boo');
    socket.emit('requests', 'no acknowledgement');
    const first = await ask('not a list');
    expect(first.outcomes).toEqual([]);
    expect(first.cluster.replicas).toHaveLength(3);
    const submit = (commands: string, count: number) => ({ type: 'submit', batch: { commands, count } });
    const { outcomes, cluster: told } = await ask([
      null,
      { type: 'nonsense' },
      { type: 'status' },
      { type: 'submit', batch: 1 },
      submit('[', 1),
      submit('{"length":1}', 1),
      submit(JSON.stringify([put('a', 1)]), 2),
      submit(JSON.stringify([put('a', 1), put('b', 2)]), 2),
    ]);
    expect(outcomes.map(({ ok }: { ok: boolean }) => ok)).toEqual([
      ...[false, false, true, false, false, false],
      ...[false, false],
      ...[true, true],
    ]);
    // Nothing new.
    expect(told).toBeUndefined();
  } finally {
    socket.disconnect();
  }
});

test('closing ends waiting calls', async () => {
  const client = await connect();
  const call = client.submit(put('late', 1));
  client.close();
  await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/Indeterminate|NoLeader/) });
  await expect(client.status()).rejects.toMatchObject({ code: 'Rejected' });
});

describe('requests that no replica would read', () => {
  const loop: Record<string, unknown> = {};
  loop.itself = loop;

  test.each([
    ['too large', 'x'.repeat(2 ** 21), 'a request has at most'],
    ['not JSON', 1n, 'this cannot be sent'],
    ['a circle', loop, 'this cannot be sent'],
  ])('is refused at once (%s), and what comes next goes through', async (_, value, message) => {
    const client = await connect();
    const refused = client.submit({ type: 'put', key: 'big', value: value as never });
    const next = client.submit(put('next', 1));
    await expect(refused).rejects.toMatchObject({
      code: 'Rejected',
      message: expect.stringContaining(message),
    });
    expect(await next).toMatchObject({ done: true });
  });

  test('is no small command, however much of it must be escaped on its way', async () => {
    const client = await connect();
    const value = '"'.repeat(500_000);
    expect(await client.submit({ type: 'put', key: 'quotes', value })).toMatchObject({ done: true });
    expect(await client.read({ type: 'get', key: 'quotes' })).toBe(value);
  });

  test('are not many small ones in one batch', async () => {
    const client = await connect(cluster.urls(), { deadlineMs: 50_000 });
    const value = '\u00e9'.repeat(1_000);
    const puts = Array.from({ length: 600 }, (_, i) => client.submit({ type: 'put', key: `m${i}`, value }));
    expect((await Promise.all(puts)).every(({ done }) => done)).toBe(true);
  });
});

test('a command on which every replica breaks the connection is found and given up, and the others continue', async () => {
  for (const { clients } of cluster.members.values()) {
    clients.of('/client').on('connection', (socket) => {
      socket.prependAny((_event, batch) => {
        if (JSON.stringify(batch).includes('poison')) socket.conn.close();
      });
    });
  }
  const client = await connect(cluster.urls(), { deadlineMs: 50_000 });
  const sent = Array.from({ length: 400 }, (_, i) => client.submit(put(i === 200 ? 'poison' : `p${i}`, i)));
  const told = await Promise.all(
    sent.map((each) =>
      each.then(
        ({ done }) => done,
        ({ code }) => code,
      ),
    ),
  );
  expect(told).toEqual(sent.map((_, i) => (i === 200 ? 'Indeterminate' : true)));
});
