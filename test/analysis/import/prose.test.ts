/** Logs as students write them: sentences, codes, lists, one file per machine. */
import { removeTemporary } from '../../logs/temporary.ts';
import { analyze, analyzeOne, checkOf, holes, outcomes, read } from './imported.ts';

afterAll(removeTemporary);

const PROSE = {
  'machine_0.log': `Connected to machine 1
2024-05-02 10:00:00,100 : [logical 1] internal step
2024-05-02 10:00:01,100 : [logical 4] took a message from machine 1, 0 left in the queue
`,
  'machine_1.log': `2024-05-02 10:00:00,500 : [logical 1] internal step
2024-05-02 10:00:00,900 : [logical 2] posted to machine 0
`,
};
const PATTERN =
  '^(?<time>\\S+ \\S+) : \\[logical (?<clock>\\d+)\\] (?<event>\\w+)(?:.* machine (?<peer>\\d+))?(?:.* (?<queue>\\d+) left)?';
const FLAGS = { pattern: PATTERN, timeUnit: 'iso', events: 'took=receive,posted=send' };

describe('a pattern over a folder', () => {
  test('is one run, with a machine per file; groups are columns by their names', async () => {
    const columns = 'file, line, node, event, lamport, queue, peer, time_us - min(time_us) OVER () AS at';
    const row = { line: 2, event: 'internal', lamport: 1, queue: null, peer: null };
    expect(await read(PROSE, FLAGS, columns)).toEqual([
      { ...row, file: 'machine_0.log', node: 'machine_0', at: 0 },
      {
        ...row,
        file: 'machine_0.log',
        node: 'machine_0',
        line: 3,
        event: 'receive',
        lamport: 4,
        queue: 0,
        peer: 'machine_1',
        at: 1e6,
      },
      { ...row, file: 'machine_1.log', node: 'machine_1', line: 1, at: 4e5 },
      {
        ...row,
        file: 'machine_1.log',
        node: 'machine_1',
        event: 'send',
        lamport: 2,
        peer: 'machine_0',
        at: 8e5,
      },
    ]);
    const report = await analyzeOne(PROSE, FLAGS);
    expect(outcomes(report)).toMatchObject({ 'clock-order': 'holds' });
    expect(holes(report)).toEqual(['machine_0.log not read: the pattern finds no event in 1 place (line 1)']);
  });

  test('a group may name the machine, and --columns may name groups', async () => {
    const pattern = '(?<who>\\w+) (?<at>\\d+) (?<clock>\\d+)';
    const files = { 'x.log': 'a 1 1\nb 2 1\na 3 2\n' };
    expect(await read(files, { pattern, columns: 'machine=who,time=at' }, 'node, line, lamport')).toEqual([
      { node: 'a', line: 1, lamport: 1 },
      { node: 'a', line: 3, lamport: 2 },
      { node: 'b', line: 2, lamport: 1 },
    ]);
    await expect(analyze(files, { pattern, columns: 'time=when' })).rejects.toThrow(
      'the pattern has no group "when"; it has who, at, clock',
    );
    await expect(analyze(files, { pattern: '(?<who>\\w+)' })).rejects.toThrow(
      'none of the groups time, clock',
    );
    await expect(analyze(files, { pattern, executions: '^=' })).rejects.toThrow(
      '--executions requires --format shiviz',
    );
  });
});

describe('vector clocks as lists', () => {
  const files = {
    'm1.csv': 'event;v\nsend;[1, 0, 0]\ninternal;[2, 0, 0]\n',
    'm2.csv': 'event;v\nreceive;(1 1 0)\nsend;1,2,0\n',
    'm3.csv': 'event;v\nreceive;[1, 2, 1]\n',
  };
  const flags = { columns: 'event=event,vector=v' };

  test('the order of machines is found from the rows: whose events raise which number', async () => {
    expect((await read(files, flags, 'vector')).map(({ vector }) => vector)).toEqual([
      '{"m1":1,"m2":0,"m3":0}',
      '{"m1":2,"m2":0,"m3":0}',
      '{"m1":1,"m2":1,"m3":0}',
      '{"m1":1,"m2":2,"m3":0}',
      '{"m1":1,"m2":2,"m3":1}',
    ]);
    expect(outcomes(await analyzeOne(files, flags))).toMatchObject({ 'vector-clocks': 'holds' });
  });

  test('or given by a flag; otherwise the vectors are ignored', async () => {
    const short = { 'm1.csv': 'event;v\nreceive;[3, 4]\n', 'm2.csv': 'event;v\nreceive;[3, 5]\n' };
    expect(await read(short, { ...flags, machines: 'm2,m1' }, 'vector')).toEqual([
      { vector: '{"m2":3,"m1":4}' },
      { vector: '{"m2":3,"m1":5}' },
    ]);
    const report = await analyzeOne(short, flags);
    expect(holes(report)[0]).toMatch(/^--machines 2 vector clocks not read: lists, and the rows do not show/);
    expect(outcomes(report)).toMatchObject({ 'vector-clocks': 'cannot tell' });
    await expect(analyze(short, { ...flags, machines: 'a,b,c' })).rejects.toThrow(
      '--machines names 3 machines, and vector clocks have 2 numbers',
    );
  });
});

describe('how the event is recognized', () => {
  test('columns that depend on the kind of row', async () => {
    const files = { 'x.csv': 'INIT,A,1\nINTERNAL,B,2,1060,1\nRECEIVED,B,2,1068,2\nRECEIVED,B,2\n' };
    const columns = ['event=1,machine=2,time=4,clock=5', 'INIT: time=,clock=3'];
    const flags = { columns, events: 'INIT=start', timeUnit: 'ms' };
    expect(await read(files, flags, 'node, event, time_us, lamport')).toEqual([
      { node: 'A', event: 'start', time_us: null, lamport: 1 },
      { node: 'B', event: 'internal', time_us: 1_060_000, lamport: 1 },
      { node: 'B', event: 'receive', time_us: 1_068_000, lamport: 2 },
    ]);
    expect(holes(await analyzeOne(files, flags))).toEqual(['x.csv:4 damaged: 3 columns instead of 5']);
    await expect(analyze(files, { columns: columns[0]! })).rejects.toThrow("--columns 'KIND: clock=3'");
  });

  test('columns that depend on the kind of row, in JSON', async () => {
    const files = { 'x.jsonl': '{"e":"sent","to":"b","c":1}\n{"e":"received","from":"b","c":5}\n' };
    const columns = ['event=e,clock=c', 'sent: peer=to', 'received: peer=from'];
    expect(await read(files, { columns }, 'event, peer')).toEqual([
      { event: 'send', peer: 'b' },
      { event: 'receive', peer: 'b' },
    ]);
  });

  test('columns of 0 and 1', async () => {
    const files = {
      'x.csv': 'time,clock,is_send,is_receive\n1,1,1,0\n2,4,0,1\n3,5,0,0\n4,6,true,yes\n5,7,0,maybe\n',
    };
    const flags = { columns: 'time=time,clock=clock,send=is_send,receive=is_receive' };
    expect((await read(files, flags, 'event')).map(({ event }) => event)).toEqual([
      'send',
      'receive',
      'internal',
      'internal',
    ]);
    expect(holes(await analyzeOne(files, flags))).toEqual([
      'x.csv:6 damaged: "maybe" is neither yes nor no (receive)',
      'x.csv 1 row with the event "send and receive": taken as internal',
    ]);
  });

  test('words that are written together, codes, and the wildcard', async () => {
    const texts = ['sendboth', 'SendBoth', 'sendToAll', 'msgReceived', 'RECV', '3', '7', 'resend'];
    const files = { 'x.csv': `clock,event\n${texts.map((text, i) => `${i + 1},${text}\n`).join('')}` };
    const flags = { columns: 'clock=clock,event=event', events: '3=send,*=internal' };
    const kinds = ['send', 'send', 'send', 'receive', 'receive', 'send', 'internal', 'internal'];
    expect((await read(files, flags, 'event')).map(({ event }) => event)).toEqual(kinds);
  });

  test('lines with names and values', async () => {
    const text = `Time: 10.5, Event: SEND, System Clock: 9, Logical Clock: 4, Queue: 0
2023-01-01 INFO time=11 event="received it" logical_clock=7
{"Event": "internal"; Time: 12 | Logical clock: 8}
nothing
`;
    const flags = { format: 'pairs', columns: 'time=Time,event=Event,clock=Logical Clock,queue=queue' };
    expect(await read({ 'x.txt': text }, flags, 'line, time_us, event, lamport, queue')).toEqual([
      { line: 1, time_us: 10_500_000, event: 'send', lamport: 4, queue: 0 },
      { line: 2, time_us: 11_000_000, event: 'receive', lamport: null, queue: null },
      { line: 3, time_us: 12_000_000, event: 'internal', lamport: 8, queue: null },
    ]);
    expect(holes(await analyzeOne({ 'x.txt': text }, flags))[0]).toBe(
      'x.txt:4 damaged: none of Time, Event, Logical Clock, queue is there',
    );
  });
});

describe("the sender's clock in the row of a receive", () => {
  const pattern =
    '^(?<time>\\S+) (?<event>\\w+)(?: from (?<peer>\\d+))?(?: \\| sender clock (?<sender_clock>\\d+))? \\| clock (?<clock>\\d+)';
  const text = '10.0 recv from 7978 | sender clock 4 | clock 5\n10.5 internal | clock 6\n';

  test('decides the clock condition without message ids', async () => {
    expect(checkOf(await analyzeOne({ 'x.log': text }, { pattern }), 'clock-condition')).toMatchObject({
      outcome: 'holds',
      notes: ['1 receive compared', 'of 1 receive the own row says which clock the message carried'],
    });
    const wrong = await analyzeOne({ 'x.log': text.replace('clock 4', 'clock 5') }, { pattern });
    expect(checkOf(wrong, 'clock-condition')).toMatchObject({
      outcome: 'violated',
      count: 1,
      evidence: [[{ file: 'x.log', line: 1 }]],
    });
  });

  test('without it the verdict is "cannot tell", with the right reason', async () => {
    const report = await analyzeOne({ 'x.log': text.replace(' | sender clock 4', '') }, { pattern });
    expect(checkOf(report, 'clock-condition')).toMatchObject({
      outcome: 'cannot tell',
      notes: ['no row tells which send a receive belongs to, nor which clock its message carried'],
    });
  });
});
