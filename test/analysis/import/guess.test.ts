/** `--guess`: the command that it proposes reads the logs, as a shell would run it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeCommand } from '../../../analysis/cli/analyze.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { run } from '../../support/in-process.ts';
import { type Files, folder } from './imported.ts';

afterAll(removeTemporary);

/** The words of a command line, as a shell hands them to `npx`. */
function pasted(line: string): string[] {
  const bin = temporaryFolder();
  writeFileSync(join(bin, 'npx'), '#!/bin/sh\nprintf "%s\\\\0" "$@"\n');
  chmodSync(join(bin, 'npx'), 0o755);
  const out = execFileSync('/bin/sh', ['-c', line], { env: { PATH: `${bin}:${process.env.PATH}` } });
  return out.toString().split('\0').slice(0, -1);
}

/**
 * Guesses, and runs the command of each reading. Returns what was printed, and of each reading the
 * events by kind and the checks.
 */
async function guessed(files: Files) {
  const path = folder(files);
  const { out, err, code } = await run(analyzeCommand(), path, '--guess');
  expect({ err, code }).toEqual({ err: '', code: 0 });
  const readings = [];
  for (const line of out.match(/^ {2}npx tickraft analyze .*$/gm) ?? []) {
    const [tickraft, analyze, ...words] = pasted(line);
    expect([tickraft, analyze, words[0]]).toEqual(['tickraft', 'analyze', path]);
    const ran = await run(analyzeCommand(), ...words, '--json');
    expect(ran.err).toBe('');
    const [report] = JSON.parse(ran.out).runs;
    const mix: Record<string, number> = {};
    for (const { event, events } of report.measures.mix) mix[event] = (mix[event] ?? 0) + events;
    const outcome = (name: string) =>
      report.checks.find((check: { name: string }) => check.name === name).outcome as string;
    readings.push({ line, mix, outcome, machines: report.measures.machines });
  }
  return { out, readings };
}

test('sentences, one file per machine: one pattern, one run', async () => {
  const { out, readings } = await guessed({
    'machine_0.log': `2024-05-02 10:00:00,100 : [logical 1] internal step
2024-05-02 10:00:01,100 : [logical 4] took a message from machine 1, 0 left in the queue
`,
    'machine_1.log': `2024-05-02 10:00:00,500 : [logical 1] internal step
2024-05-02 10:00:00,900 : [logical 2] posted to machine 0
`,
  });
  expect(readings).toHaveLength(1);
  expect(out).toContain('2 files, read so:');
  expect(out).toMatch(/machine_0\.log:2 +1714644001\.100 +machine_0 +receive +4 +machine_1 +0 +took/);
  const [{ mix, machines, outcome }] = readings as [(typeof readings)[number]];
  expect(mix).toEqual({ internal: 2, receive: 1, send: 1 });
  expect(machines).toMatchObject([
    { node: 'machine_0', clock: 4, maxQueue: 0 },
    { node: 'machine_1', clock: 2 },
  ]);
  expect(outcome('clock-order')).toBe('holds');
});

test("a sender's clock beside the machine's own: both are found, and times in either possible unit", async () => {
  const { out, readings } = await guessed({
    'x.log': '10.0 recv from 7978 | sender clock 4 | clock 5 | queue 0\n10.5 internal | clock 6\n',
  });
  expect(out).toContain('2 readings are possible');
  expect(readings.map(({ line }) => /--time-unit (\w+)/.exec(line)?.[1])).toEqual([undefined, 'ms']);
  for (const { mix, outcome } of readings)
    expect({ mix, condition: outcome('clock-condition') }).toEqual({
      mix: { receive: 1, internal: 1 },
      condition: 'holds',
    });
});

test.each<[string, Files, Record<string, number>, number]>([
  [
    'sendboth, old and new clocks',
    {
      'x.csv':
        'time,event_type,old_clock,new_clock,queue\n1,sendboth,0,1,0\n2,receive,1,7,0\n3,internal,7,8,0\n',
    },
    { send: 1, receive: 1, internal: 1 },
    2,
  ],
  [
    'columns by kind of row',
    { 'x.csv': 'INIT,A,1\nINTERNAL,B,2,1060,1\nRECEIVED,B,2,1068,2\n' },
    { start: 1, receive: 1, internal: 1 },
    4,
  ],
  [
    'events in flags',
    { 'x.csv': 'time,clock,is_send,is_receive,queue\n1,1,1,0,0\n2,4,0,1,2\n' },
    { send: 1, receive: 1 },
    2,
  ],
  [
    'JSON with codes: a receive is what jumps, the others are both shown',
    {
      'x.jsonl':
        '{"ts":1700000000.5,"type":"0","lc":1}\n{"ts":1700000001.5,"type":"1","lc":2}\n{"ts":1700000002.5,"type":"2","lc":9}\n',
    },
    { send: 1, receive: 1, internal: 1 },
    2,
  ],
  [
    'a day and a month, whichever comes first',
    {
      'vm1.log':
        '03-02_17-39-12.2 SEND to 2, logical clock time = 3\n03-02_17-39-12.4 INTERNAL logical clock time = 4\n',
    },
    { send: 1, internal: 1 },
    2,
  ],
  ['ShiViz', { 'x.log': 'ask\na {"a":1}\ntake\nb {"a":1,"b":1}\n' }, { send: 1, receive: 1 }, 1],
  [
    'names and values in sentences',
    {
      'x.log':
        '2023-03-08:17:49:12,053 - [Machine 1] Event: RECEIVED from 2, Queue Length: 3, Logical Clock: 5\n',
    },
    { receive: 1 },
    1,
  ],
])('%s', async (_, files, mix, count) => {
  const { readings } = await guessed(files);
  expect(readings.map((reading) => reading.mix)).toEqual(Array.from({ length: count }, () => mix));
});

test('logs that cannot be read are reported; flags that say how to read are refused with --guess', async () => {
  const path = folder({ 'x.log': 'to be\nor not to be\n' });
  const none = await run(analyzeCommand(), path, '--guess');
  expect(none).toMatchObject({ out: '', code: 1 });
  expect(none.err).toMatch(/cannot guess how to read it: .*\n$/);
  expect(await run(analyzeCommand(), path, '--guess', '--columns', 'time=1')).toMatchObject({
    code: 1,
    out: '',
  });
});
