/**
 * Vector clocks as others write them, with missing events, in every form of log; and what is not a
 * violation.
 */
import { removeTemporary } from '../../logs/temporary.ts';
import { analyze, analyzeOne, checkOf, holes, outcomes, read } from './imported.ts';

afterAll(removeTemporary);

const SHIVIZ = { format: 'shiviz' };
const JSONL = { columns: 'machine=host,event=event,message=msg,vector=vc' };

describe('ShiViz', () => {
  test('clocks with escaped quotes', async () => {
    const text = `=== run 1 ===
State 2: <Step line 5, col 1 to line 9, col 30>
/\\ Host = n1
/\\ Clock = "{\\"n1\\":1,\\"n2\\":0}"
State 3: <Take line 11, col 1 to line 15, col 30>
/\\ Host = n2
/\\ Clock = "{\\"n1\\":1,\\"n2\\":1}"
`;
    const flags = {
      pattern:
        '^State [0-9]+: <(?<event>\\w*) .*>\\n\\/\\\\ Host = (?<host>.*)\\n\\/\\\\ Clock = "(?<clock>.*)"',
      executions: '^=== (?<trace>.*) ===$',
    };
    const report = await analyzeOne({ 'x.log': text }, flags);
    expect(checkOf(report, 'vector-clocks')).toMatchObject({ outcome: 'holds', notes: ['2 steps compared'] });
    const columns = 'node, event, peer, vector, detail';
    expect(await read({ 'x.log': text }, flags, columns)).toEqual([
      { node: 'n1', event: 'send', peer: 'n2', vector: '{"n1":1,"n2":0}', detail: 'Step' },
      { node: 'n2', event: 'receive', peer: 'n1', vector: '{"n1":1,"n2":1}', detail: 'Take' },
    ]);
  });

  test.each([
    ['7@node[main,5,main]', '7@node[io,1,main]'],
    ["O'Brien;x", '(b)'],
    ['n', 'N'],
    ['a~1/b', 'ü"q'],
  ])('hosts named %s and %s are the same machine in both places', async (one, other) => {
    const clock = (of: Record<string, number>) => JSON.stringify(of);
    const text = `ask\n${one} ${clock({ [one]: 1 })}\ntake\n${other} ${clock({ [other]: 1, [one]: 1 })}
answer\n${other} ${clock({ [other]: 2, [one]: 1 })}\nhear\n${one} ${clock({ [one]: 2, [other]: 2 })}\n`;
    const report = await analyzeOne({ 'x.log': text }, SHIVIZ);
    expect(outcomes(report)).toMatchObject({ 'vector-clocks': 'holds' });
    expect(report.measures.links).toMatchObject(
      [one, other].sort().map((from) => ({ from, sent: 1, received: 1 })),
    );
  });

  test('spaces in names become _ in rows and vectors; machines that would then have the same name are refused by name', async () => {
    const pattern = '(?<event>.*)\\n(?<host>.*) (?<clock>{.*})';
    const text = 'ask\nthe a {"the a":1}\ntake\nb {"b":1,"the a":1}\n';
    const report = await analyzeOne({ 'x.log': text }, { pattern });
    expect(outcomes(report)).toMatchObject({ 'vector-clocks': 'holds' });
    expect(report.measures.links).toMatchObject([{ from: 'the_a', to: 'b', received: 1 }]);
    await expect(analyze({ 'x.log': `${text}be\nthe_a {"the_a":1}\n` }, { pattern })).rejects.toThrow(
      '"the a" and "the_a" are machines that would both be called "the_a"',
    );
    await expect(analyze({ 'x.log': 'be\nworld {"world":1}\n' }, SHIVIZ)).rejects.toThrow('called "world"');
  });

  test('the clock in the first line, as GoVector writes it', async () => {
    const text = 'a {"a":1}\nbegin\na {"a":2}\nask\nb {"b":1,"a":2}\ntake\n';
    const flags = { ...SHIVIZ, executions: '^=== (?<trace>.*) ===$' };
    for (const one of [text, `\n=== run ===\n${text}`]) {
      const rows = await read({ 'x.log': one }, flags, 'node, event, detail');
      expect(rows).toEqual([
        { node: 'a', event: 'internal', detail: 'begin' },
        { node: 'a', event: 'send', detail: 'ask' },
        { node: 'b', event: 'receive', detail: 'take' },
      ]);
    }
  });

  test('without times, one missing event is named, and one step is not checked', async () => {
    const text = `send 1\na {"a":1}\ntake 1\nb {"a":1,"b":1}\nsend 2\nb {"a":1,"b":2}
take 2\nc {"a":1,"b":2,"c":1}\nsend 3\nc {"a":1,"b":2,"c":3}\ntake 3\na {"a":2,"b":2,"c":3}\n`;
    const report = await analyzeOne({ 'x.log': text }, SHIVIZ);
    expect(checkOf(report, 'vector-clocks')).toMatchObject({
      outcome: 'holds',
      notes: ['5 steps compared', 'over 1 gap of missing events it was only checked that nothing falls'],
    });
    expect(holes(report)).toContain(
      'x.log:9 missing: event 2 of c before this one, as its vector clock counts',
    );
    const falls = text.replace('{"a":1,"b":2,"c":3}', '{"a":1,"b":1,"c":3}');
    expect(checkOf(await analyzeOne({ 'x.log': falls }, SHIVIZ), 'vector-clocks').outcome).toBe('violated');
  });

  test('if every step crosses missing events, the reason says so', async () => {
    const report = await analyzeOne({ 'x.log': 'x\na {"a":2}\nx\na {"a":4}\n' }, SHIVIZ);
    expect(checkOf(report, 'vector-clocks')).toMatchObject({
      outcome: 'cannot tell',
      notes: [
        'events are missing in every step from one event of a machine to its next',
        'over 2 gaps of missing events it was only checked that nothing falls',
      ],
    });
  });
});

test('the same gap is reported with the same words in every form of log', async () => {
  const rows = [
    { host: 'a', event: 'send', msg: 'm1', vc: { a: 1 } },
    { host: 'b', event: 'receive', msg: 'm1', vc: { a: 1, b: 1 } },
    { host: 'a', event: 'send', msg: 'm2', vc: { a: 4 } },
    { host: 'b', event: 'receive', msg: 'm2', vc: { a: 4, b: 2 } },
  ];
  const lines = (line: (row: (typeof rows)[number]) => string) =>
    rows.map((row) => `${line(row)}\n`).join('');
  const what = 'missing: events 2 to 3 of a before this one, as its vector clock counts';
  for (const [files, flags, line] of [
    [{ 'x.jsonl': lines((row) => JSON.stringify(row)) }, JSONL, 3],
    [{ 'x.log': lines(({ host, event, vc }) => `${event}\n${host} ${JSON.stringify(vc)}`) }, SHIVIZ, 5],
    [
      {
        'x.csv': `h;e;m;v\n${lines(({ host, event, msg, vc }) => `${host};${event};${msg};${JSON.stringify(vc)}`)}`,
      },
      { columns: 'machine=h,event=e,message=m,vector=v' },
      4,
    ],
  ] as const) {
    const report = await analyzeOne(files, flags);
    expect(outcomes(report)).toMatchObject({ 'vector-clocks': 'holds' });
    expect(report.holes).toContainEqual({ where: Object.keys(files)[0], line, what });
  }
});

test('rows without an event may be receives, after which any clock is possible', async () => {
  const text = '{"host":"a","vc":{"a":1}}\n{"host":"b","vc":{"b":1}}\n{"host":"b","vc":{"b":2,"a":1}}\n';
  const flags = { columns: 'machine=host,vector=vc' };
  expect(outcomes(await analyzeOne({ 'x.jsonl': text }, flags))).toMatchObject({ 'vector-clocks': 'holds' });
  const local = text.replaceAll('"vc"', '"event":"local","vc"');
  expect(outcomes(await analyzeOne({ 'x.jsonl': local }, JSONL))).toMatchObject({
    'vector-clocks': 'violated',
  });
});

describe('one multicast in two rows with the same clock', () => {
  const text = `time,event,to,clock,id\n1,send,b,3,m1\n1,send,c,3,m2\n2,internal,,4,\n3,send,b,5,m3\n3,send,c,5,m3\n`;
  const flags = { columns: 'time=time,event=event,peer=to,clock=clock,message=id' };
  const others = 'time,event,to,clock,id\n2,receive,a,4,m1\n4,receive,a,6,m3\n';

  test('is one event', async () => {
    const report = await analyzeOne(
      { 'a.csv': text, 'b.csv': others, 'c.csv': others.replace('m1', 'm2') },
      flags,
    );
    expect(checkOf(report, 'clock-order')).toMatchObject({
      outcome: 'holds',
      notes: [
        '4 steps compared',
        '2 sends of the same clock taken as one event with the send in the row before',
      ],
    });
    expect(checkOf(report, 'clock-condition')).toMatchObject({
      outcome: 'holds',
      notes: ['4 receives compared'],
    });
    expect(report.measures.machines[0]).toMatchObject({ node: 'a', meanJump: 1, gaps: 0 });
  });

  test('two sends to the same machine are not, nor another event', async () => {
    for (const wrong of [text.replace('send,c,3', 'send,b,3'), text.replace('send,c,3', 'internal,,3')])
      expect(outcomes(await analyzeOne({ 'a.csv': wrong }, flags))).toMatchObject({
        'clock-order': 'violated',
      });
  });

  test('with vector clocks too', async () => {
    const rows = ['b', 'c'].map((to) => JSON.stringify({ host: 'a', event: 'send', to, vc: { a: 1 } }));
    const columns = 'machine=host,event=event,peer=to,vector=vc';
    const report = await analyzeOne({ 'x.jsonl': `${rows.join('\n')}\n` }, { columns });
    expect(outcomes(report)).toMatchObject({ 'vector-clocks': 'holds' });
  });
});

test.each([
  [
    'x.csv',
    'time,clock\na,b\nc,d\n',
    { columns: 'time=time,clock=clock' },
    /no row could be read \(x.csv:2: damaged: "a"/,
  ],
  [
    'x.jsonl',
    '{1}\n{2}\n',
    { columns: 'time=t' },
    /no row could be read \(x.jsonl:1: damaged: not a JSON object/,
  ],
  [
    'x.log',
    'hello\n',
    { pattern: '(?<time>\\d+)' },
    /no row could be read \(x.log: not read: the pattern finds no/,
  ],
])('%s of which no row can be read is an error', async (name, text, flags, message) => {
  await expect(analyze({ [name]: text }, flags)).rejects.toThrow(message);
});

test('a file of several without any readable row is reported', async () => {
  const files = { 'a.csv': 'time,clock\n1,1\n', 'b.csv': 'time,clock\nx,1\n' };
  expect(holes(await analyzeOne(files, { columns: 'time=time,clock=clock' }))).toEqual([
    'b.csv:2 damaged: "x" is not a time (s)',
    'b.csv damaged: no row of this file could be read',
    '--columns no column says what happened: all rows are taken as internal events',
  ]);
});

test('a duplicate name is refused: in a header, in a row of pairs, in a flag', async () => {
  const flags = { columns: 'time=time,clock=clock' };
  await expect(analyze({ 'x.csv': 'time,event,clock,clock\n1,x,1,9\n' }, flags)).rejects.toThrow(
    'x.csv:1: the header has the column "clock" twice',
  );
  const pairs = { 'x.log': 'time: 1, clock: 4, clock: 5\ntime: 2, clock: 5\n' };
  expect(holes(await analyzeOne(pairs, { ...flags, format: 'pairs' }))[0]).toBe(
    'x.log:1 damaged: "clock" is there twice',
  );
  await expect(analyze({ 'x.csv': 'a,b\n' }, { columns: 'time=a,time=b' })).rejects.toThrow(
    '"time" is there twice',
  );
  await expect(analyze({ 'x.csv': 'a,b\n' }, { columns: 'clock=a,logical=b' })).rejects.toThrow(
    'cannot both be',
  );
});
