/** What every client that survives the loss of its server does, whatever its requests are. */
import { createServer as createNetServer, type Socket } from 'node:net';
import type { ConnectionState } from '../../../replication/failover/connection.ts';
import { Link } from '../../../replication/failover/link.ts';
import { ask, ok, type Reaction, refused, Toys, toyWire } from './toy.ts';

let toys: Toys;
beforeEach(async () => {
  toys = await Toys.start('r1', 'r2', 'r3');
});
afterEach(() => toys.stop());

/** What is told of a call in the end: its value, or the code of its error. */
const told = (call: Promise<unknown>) => call.catch(({ code }: { code: string }) => code);

/**
 * Reacts to one word after the other as `reactions` say, whichever server is asked; to probes
 * always.
 */
function inTurn(...reactions: Reaction[]): (word: string) => Reaction {
  return (word) => (word === 'probe' ? ok('alive') : (reactions.shift() ?? ok(word)));
}

describe('the outcome of a call', () => {
  const sequences: [string, boolean, Reaction[], string][] = [
    ['answered at once', true, [], 'x'],
    ['refused', true, [refused('Rejected')], 'Rejected'],
    ['refused in a way that nobody knows', true, [refused('Odd')], 'Odd'],
    ['overloaded, then answered', true, [refused('Overloaded')], 'x'],
    ['no leader, then answered', true, [refused('NoLeader')], 'x'],
    ['broken, then answered', true, ['break'], 'x'],
    ['may have happened, then answered', true, [refused('Indeterminate')], 'x'],
    ['expired', true, [refused('SessionExpired')], 'SessionExpired'],
    // What has come to nothing leaves no doubt behind, whatever comes next.
    ['no leader, then expired', true, [refused('NoLeader'), refused('SessionExpired')], 'SessionExpired'],
    ['overloaded, then expired', true, [refused('Overloaded'), refused('SessionExpired')], 'SessionExpired'],
    ['broken, then expired', true, ['break', refused('SessionExpired')], 'Indeterminate'],
    ['broken, then rejected', true, ['break', refused('Rejected')], 'Indeterminate'],
    ['broken, then refused for good', true, ['break', refused('Odd')], 'Odd'],
    [
      'broken, no leader, then expired',
      true,
      ['break', refused('NoLeader'), refused('SessionExpired')],
      'Indeterminate',
    ],
    [
      'may have happened, then expired',
      true,
      [refused('Indeterminate'), refused('SessionExpired')],
      'Indeterminate',
    ],
    ['broken, then refused, of what changes nothing', false, ['break', refused('Rejected')], 'Rejected'],
  ];

  test.each(sequences)('%s', async (_, isChange, reactions, expected) => {
    toys.react(inTurn(...reactions));
    expect(await told(ask(toys.client(), 'x', { isChange }))).toBe(expected);
  });

  test('an answer without outcomes says nothing', async () => {
    const wire = { ...toyWire, send: emptyAtFirst() };
    expect(await told(ask(toys.client({ wire }), 'x', { isChange: true }))).toBe('x');
  });
});

/**
 * Sends as the toy does, but takes the outcomes out of the first answer, and all else out of the
 * second.
 */
function emptyAtFirst(): typeof toyWire.send {
  let answers = 0;
  return async (socket, batch) => {
    const reply = await toyWire.send(socket, batch);
    if (batch.includes('probe') || ++answers > 2) return reply;
    return answers === 1 ? { ...reply, outcomes: [] } : ({} as typeof reply);
  };
}

describe('a deadline', () => {
  const never = (word: string): Reaction => (word === 'probe' ? ok('alive') : new Promise(() => {}));

  test('ends a call that a server is busy with, and leaves the server', async () => {
    const [server] = toys.servers;
    server!.reacts = never;
    const client = toys.client();
    expect(await told(ask(client, 'read', { timeoutMs: 100 }))).toBe('Unreachable');
    expect(await told(ask(client, 'change', { timeoutMs: 100, isChange: true }))).toBe('Indeterminate');
    server!.reacts = ok;
    expect(await ask(client, 'next')).toBe('next');
    expect(server!.words).toEqual(['read', 'change', 'next']);
  });

  test('ends a call that was never sent, with the reason', async () => {
    const { url } = toys.servers[0]!;
    await toys.stop();
    const call = ask(toys.client({ servers: [url] }), 'x', { timeoutMs: 100, isChange: true });
    await expect(call).rejects.toMatchObject({
      code: 'Unreachable',
      message: expect.stringContaining(url),
    });
  });

  test.each([['NoLeader'], ['Overloaded']])('ends what was always refused as %s', async (code) => {
    toys.react(() => refused(code, 'why'));
    const call = ask(toys.client(), 'x', { timeoutMs: 300, isChange: true });
    await expect(call).rejects.toMatchObject({ code, message: 'why' });
  });
});

test('closing distinguishes what may have happened from what has not', async () => {
  const client = toys.client();
  const sent = new Promise<void>((resolve) => {
    toys.react((word) => {
      if (word === 'change') resolve();
      return word === 'probe' ? ok('alive') : new Promise(() => {});
    });
  });
  const calls = [ask(client, 'read'), ask(client, 'change', { isChange: true })];
  await sent;
  calls.push(ask(client, 'unsent', { isChange: true }));
  client.close();
  calls.push(ask(client, 'late', { isChange: true }));
  expect(await Promise.all(calls.map(told))).toEqual(['Closed', 'Indeterminate', 'Closed', 'Closed']);
});

test.each([[[]], [['localhost:8081']], [['http://']]])(
  'with the servers %j there is no client',
  (servers) => {
    expect(() => toys.client({ servers })).toThrow(expect.objectContaining({ code: 'BadRequest' }));
  },
);

describe('batches', () => {
  test('hold the calls of one turn, as many as fit', async () => {
    const client = toys.client();
    await ask(client, 'first');
    const words = Array.from({ length: 300 }, (_, i) => `w${i}`);
    expect(await Promise.all(words.map((word) => ask(client, word)))).toEqual(words);
    expect(await Promise.all(['a', 'b', 'c'].map((word) => ask(client, word, { bytes: 400 })))).toHaveLength(
      3,
    );
    expect(toys.servers[0]!.batches.map(({ length }) => length)).toEqual([1, 256, 44, 2, 1]);
  });

  test('leave at once when they are full', async () => {
    const sent: number[] = [];
    const send: typeof toyWire.send = (socket, batch) => {
      sent.push(batch.length);
      return toyWire.send(socket, batch);
    };
    const client = toys.client({ wire: { ...toyWire, send } });
    await ask(client, 'first');
    const calls = Array.from({ length: 600 }, (_, i) => ask(client, `w${i}`));
    expect(sent).toEqual([1, 256, 256]);
    await Promise.all(calls);
    expect(sent).toEqual([1, 256, 256, 88]);
  });

  test('do not wait for each other', async () => {
    const client = toys.client();
    await ask(client, 'first');
    let answer = (_: ReturnType<typeof ok>) => {};
    const slow = new Promise<ReturnType<typeof ok>>((resolve) => {
      answer = resolve;
    });
    toys.react((word) => (word === 'slow' ? slow : ok(word)));
    const waiting = ask(client, 'slow');
    await new Promise(setImmediate);
    expect(await ask(client, 'quick')).toBe('quick');
    answer(ok('at last'));
    expect(await waiting).toBe('at last');
  });
});

describe('a silent server', () => {
  test('is pinged, and replaced by another if it does not answer', async () => {
    const [mute, ...others] = toys.servers;
    const client = toys.client();
    await ask(client, 'first');
    mute!.reacts = () => 'silence';
    expect(await ask(client, 'x')).toBe('x');
    // There is no second try where nobody answers.
    expect(mute!.words).toEqual(['first', 'x']);
    expect(mute!.probes).toBeGreaterThan(0);
    expect(others.flatMap(({ words }) => words)).toEqual(['x']);
  });

  test('is waited for as long as it answers pings', async () => {
    let signs = 0;
    let answer = (_: ReturnType<typeof ok>) => {};
    toys.react((word) => {
      if (word === 'x') return new Promise((resolve) => (answer = resolve));
      if (++signs === 3) answer(ok('at last'));
      return ok('alive');
    });
    expect(await ask(toys.client(), 'x')).toBe('at last');
    expect(toys.words).toEqual(['x']);
  });

  test('gets the time that it takes to send a lot to it', async () => {
    toys.react((word) => {
      if (word === 'probe') return 'silence';
      return new Promise((resolve) => setTimeout(resolve, 1_200, ok('read it all')));
    });
    expect(await ask(toys.client(), 'x', { bytes: 100_000 })).toBe('read it all');
    expect(toys.words).toEqual(['x']);
  });

  test('is not a server whose answer this process was too busy to read', async () => {
    let answer = (_: ReturnType<typeof ok>) => {};
    toys.react((word) => {
      if (word === 'x') return new Promise((resolve) => (answer = resolve));
      for (const until = performance.now() + 900; performance.now() < until; );
      answer(ok('at last'));
      return ok('alive');
    });
    expect(await ask(toys.client(), 'x')).toBe('at last');
    expect(toys.words).toEqual(['x']);
  });

  test('that accepts a connection and does not welcome the client is raced by the next', async () => {
    const taken: Socket[] = [];
    let left = 0;
    // It is given up after a second.
    const mute = createNetServer((socket) => {
      taken.push(
        socket
          .on('error', () => {})
          .on('end', () => left++)
          .resume(),
      );
    });
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    try {
      const client = toys.client({ servers: [`http://127.0.0.1:${port}`, toys.servers[0]!.url] });
      expect(await ask(client, 'x')).toBe('x');
      expect({ taken: taken.length, left }).toEqual({ taken: 1, left: 0 });
    } finally {
      for (const socket of taken) socket.destroy();
      await new Promise((resolve) => mute.close(resolve));
    }
  });
});

describe('the next server', () => {
  const breaksOnce = (word: string) => {
    let broke = false;
    return (said: string): Reaction => {
      if (said !== word || broke) return ok(said);
      broke = true;
      return 'break';
    };
  };

  test('is the neighbour, even of a server that was reached under another name', async () => {
    const [r1] = toys.servers;
    const client = toys.client({ servers: [r1!.url.replace('127.0.0.1', 'localhost')] });
    toys.react(breaksOnce('x'));
    expect(await ask(client, 'x')).toBe('x');
    expect(r1!.connections).toBe(1);
  });

  test('is found again and again, and the state shows it', async () => {
    const states: ConnectionState[] = [];
    const client = toys.client({ onState: (state) => states.push(state) });
    for (const word of ['a', 'b', 'c', 'd']) {
      toys.react(breaksOnce(word));
      expect(await ask(client, word, { isChange: true })).toBe(word);
    }
    const on = states.flatMap((state) => (state.status === 'connected' ? [state] : []));
    const ids = on.map(({ server }) => server.id);
    expect(ids).toHaveLength(5);
    expect(ids.filter((id, i) => id === ids[i - 1])).toEqual([]);
    expect(on.map(({ lost }) => lost?.server.id)).toEqual([undefined, ...ids.slice(0, 4)]);
    expect(new Set(on.map(({ lost }) => lost?.reason))).toEqual(new Set([undefined, 'stopped answering']));
  });

  test('gets no request before it is prepared', async () => {
    const client = toys.client({
      prepare: async (link) => void (await link.request(['prepare'])),
    });
    toys.react(breaksOnce('x'));
    await ask(client, 'x');
    expect(toys.words).toEqual(['prepare', 'x', 'prepare', 'x']);
  });

  test('is tried ever more rarely if every server ends connections after the welcome', async () => {
    // What prepares the link is served, and it ends all the same.
    toys.react(() => 'break');
    const [alone, other] = toys.servers;
    alone!.replicas = [];
    toys.client({ prepare: async (link) => void (await link.request(['prepare'])) });
    // What one does that never waits, until the client has come six times.
    while (alone!.connections < 6) {
      const link = await Link.open({ wire: toyWire, url: other!.url, learn: () => {} }, 10_000);
      await link.request(['prepare']).catch(() => {});
    }
    expect(other!.connections).toBeGreaterThan(3 * alone!.connections);
  });
});

describe('a request that breaks every connection', () => {
  const poisonous = (word: string): Reaction => (word === 'poison' ? 'break' : ok(word));

  test('is given up after four', async () => {
    toys.react(poisonous);
    const client = toys.client();
    expect(await told(ask(client, 'poison', { isChange: true }))).toBe('Indeterminate');
    expect(await told(ask(client, 'poison'))).toBe('Unreachable');
    expect(await ask(client, 'x')).toBe('x');
    expect(toys.words).toHaveLength(4 + 4 + 1);
  });

  test.each([[1], [256]])('is found among much, in batches of %i', async (requests) => {
    toys.react(poisonous);
    const client = toys.client({ wire: { ...toyWire, batch: { requests, bytes: 1_000 } } });
    const words = Array.from({ length: 200 }, (_, i) => (i === 77 ? 'poison' : `w${i}`));
    const calls = words.map((word) => told(ask(client, word, { isChange: true })));
    expect(await Promise.all(calls)).toEqual(
      words.map((word) => (word === 'poison' ? 'Indeterminate' : word)),
    );
  });

  test('of one server only, is answered by another', async () => {
    toys.servers[0]!.reacts = poisonous;
    expect(await ask(toys.client(), 'poison', { isChange: true })).toBe('poison');
  });

  test('is not one that waits while the client leaves servers without a leader', async () => {
    let refusals = 0;
    toys.react((word) => {
      if (word === 'slow' && refusals < 8) return new Promise(() => {});
      return word === 'x' && ++refusals <= 8 ? refused('NoLeader') : ok(word);
    });
    const client = toys.client({ wire: { ...toyWire, batch: { requests: 1, bytes: 1_000 } } });
    const calls = ['slow', 'x'].map((word) => ask(client, word, { isChange: true }));
    expect(await Promise.all(calls)).toEqual(['slow', 'x']);
  });
});
