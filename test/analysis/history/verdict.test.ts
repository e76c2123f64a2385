/**
 * A verdict says what it rests on: reads of nil, initial values, the order of lines. Also small
 * files that failed once.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkCommand } from '../../../analysis/cli/check.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { run } from '../../support/in-process.ts';

afterAll(removeTemporary);

async function check(text: string, ...words: readonly string[]) {
  const file = join(temporaryFolder(), 'history');
  writeFileSync(file, text);
  const { out, err, code } = await run(checkCommand(), file, ...words);
  return { out, err: err.replaceAll(file, 'h'), code };
}

async function report(text: string, ...words: readonly string[]) {
  return JSON.parse((await check(text, ...words, '--json')).out);
}

async function page(text: string, ...words: readonly string[]): Promise<string> {
  const file = join(temporaryFolder(), 'page.html');
  await check(text, ...words, '--html', file);
  return readFileSync(file, 'utf8');
}

const edn = (...events: readonly string[]) =>
  events
    .map((event) => {
      const [process, type, f, value, time] = event.split(' ');
      const at = time === undefined ? '' : `, :time ${time}`;
      return `{:process ${process}, :type :${type}, :f :${f}, :value ${value}${at}}\n`;
    })
    .join('');

test('tuples are decided by key, in text and in EDN, even if some calls are unanswered', async () => {
  const text =
    '0	:invoke	:write	[1 5]\n0	:ok	:write	[1 5]\n1	:invoke	:read	[2 nil]\n1	:ok	:read	[2 nil]\n';
  const { out, code } = await check(text);
  expect(code).toBe(0);
  expect(out).toMatch(/^holds: 2 operations of 2 clients on 2 keys are linearizable, beginning with null/);
  expect(out).toContain(
    '  read as: [key value], as of jepsen.independent, a cas as [key [old new]]; because: reads are called with [key nil], the first in line 3, and every value has a key\n',
  );
  expect((await check(`${text}2	:invoke	:read	nil\n2	:info	:read	nil	:timeout\n`)).code).toBe(0);
  expect((await check(text.replace(':ok	:read	[2 nil]', ':ok	:read	[2 5]'))).code).toBe(1);
  expect(await report(text)).toMatchObject({ model: 'kv', keys: 2, readAs: { shape: 'tuple' } });
});

const NIL = edn('1 invoke write 4', '1 ok write 4', '2 invoke read nil', '2 ok read nil');

test('a violation that rests on reads of nil alone says so in text, JSON and page, and names the other reading', async () => {
  const says =
    'It rests on reads of nil alone: if nil says that a value is not known (--nil-read any), it holds.';
  const { out, code } = await check(NIL);
  expect(code).toBe(1);
  expect(out.split('\n').slice(0, 2)).toEqual([
    'violated: no order of the 2 operations explains all answers',
    says,
  ]);
  expect(await report(NIL)).toMatchObject({ restsOn: { flags: ['--nil-read any'], isSure: true } });
  expect(await page(NIL)).toContain(`<strong>${says}</strong>`);
  expect((await check(NIL, '--nil-read', 'any')).code).toBe(0);
  expect((await check(NIL, '--nil-read', 'absent')).out).toContain(says);
});

test('a violation that has other reasons too rests on nothing', async () => {
  const stale = edn('1 invoke write 5', '1 ok write 5', '2 invoke read nil', '2 ok read 4');
  const { out, code } = await check(NIL + stale);
  expect(code).toBe(1);
  expect(out).not.toContain('rests');
  expect(await report(NIL + stale)).toMatchObject({ restsOn: null });
  expect((await check(NIL + stale, '--nil-read', 'any')).code).toBe(1);
  // Our own form says itself what null is.
  const own = `{"type":"history","version":1,"initial":1}
{"type":"call","id":"1","client":"a","time_us":1,"op":"read"}
{"type":"return","id":"1","time_us":2,"outcome":"ok","value":null}\n`;
  expect(await report(own)).toMatchObject({ verdict: 'violated', restsOn: null });
});

const MIDDLE = edn(
  '1 invoke read ["k",nil]',
  '1 ok read ["k","v9"]',
  '1 invoke write ["k","a"]',
  '1 ok write ["k","a"]',
);

test('a history that begins in the middle: --initial gives the initial value, or says that it is unknown', async () => {
  const { out, code } = await check(MIDDLE);
  expect(code).toBe(1);
  expect(out).toContain(
    'It rests on all keys holding nil at first alone: if the history begins in the middle (--initial any), it holds.\n',
  );
  const any = await check(MIDDLE, '--initial', 'any');
  expect(any.code).toBe(0);
  expect(any.out).toMatch(
    /^holds: 2 operations of 1 client on 1 key are linearizable, beginning with any value/,
  );
  expect(await report(MIDDLE, '--initial', 'any')).toMatchObject({ initial: null, initialIsAny: true });
  expect(await page(MIDDLE, '--initial', 'any')).toContain('kv, beginning with any value');
  expect((await check(MIDDLE, '--initial', 'v9')).code).toBe(0);
  // What is said is no assumption.
  expect(await report(MIDDLE, '--initial', 'v8')).toMatchObject({ verdict: 'violated', restsOn: null });
  const later = edn('1 invoke read ["k",nil]', '1 ok read ["k","v9"]');
  expect((await check(MIDDLE + later, '--initial', 'any')).code).toBe(1);
});

test('--initial nil is nil, and not an empty text', async () => {
  const nothing = edn('1 invoke read nil', '1 ok read nil');
  expect((await check(nothing, '--initial', 'nil')).code).toBe(0);
  expect((await check(nothing, '--initial', '')).code).toBe(1);
});

test('a violation can rest on both', async () => {
  const both = edn(
    '1 invoke read nil',
    '1 ok read 9',
    '1 invoke write 4',
    '1 ok write 4',
    '2 invoke read nil',
    '2 ok read nil',
  );
  expect(await report(both)).toMatchObject({
    restsOn: { flags: ['--nil-read any', '--initial any'], isSure: true },
  });
  expect((await check(both, '--nil-read', 'any', '--initial', 'any')).code).toBe(0);
  expect((await check(both, '--nil-read', 'any')).out).toContain(
    'It rests on all keys holding nil at first alone',
  );
});

test('[key old new] is read only with a flag', async () => {
  const triple =
    edn('0 invoke write ["k","a"]', '0 ok write ["k","a"]') +
    '{:process 0 :type :invoke :f :cas :value ["k" "a" "b"]}{:process 0 :type :ok :f :cas :value ["k" "a" "b"]}';
  expect(await check(triple)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^error: h:3: .*use --shape triple if it is \[key old new\]\n$/),
  });
  const { code, out } = await check(triple, '--shape', 'triple');
  expect(code).toBe(0);
  expect(out).toContain('  read as: [key value], a cas as [key old new]; because: --shape says so\n');
});

/** Two operations at once, written when they had ended, one after the other. */
const ENDED = edn('1 invoke write 4 100', '1 ok write 4 900', '2 invoke read nil 200', '2 ok read nil 300');

test('if lines and times disagree about the order there is no verdict, unless both give the same one', async () => {
  const { out, code } = await check(ENDED);
  expect(code).toBe(3);
  expect(out).toMatch(
    /^cannot tell: by the order of its lines the verdict is "violated", by :time, which is another order \(line 3\), it is "holds": use --order lines or --order time\n/,
  );
  expect((await check(ENDED, '--order', 'time')).code).toBe(0);
  expect((await check(ENDED, '--order', 'lines')).code).toBe(1);
  expect((await check(ENDED.replace('read, :value nil, :time 300', 'read, :value 4, :time 300'))).code).toBe(
    0,
  );
  expect((await check(ENDED.replace('read, :value nil, :time 300', 'read, :value 7, :time 300'))).code).toBe(
    1,
  );
  // Without a disagreement there is but one order; nor can some times tell of one.
  expect((await check(ENDED.replace(':time 200', ':time 901'))).code).toBe(1);
  expect((await check(ENDED.replace(', :time 200', ''))).code).toBe(1);
  expect((await check(ENDED.replace(', :time 200', ''), '--order', 'time')).err).toBe(
    'error: h: --order time needs a :time at every event\n',
  );
});

test('flags that do not apply to our own format are refused, and lists have lists as initial values', async () => {
  const own = '{"type":"history","version":1}\n';
  for (const words of [
    ['--shape', 'plain'],
    ['--order', 'time'],
  ])
    expect((await check(own, ...words)).err).toBe(
      `error: h: ${words[0]} is for histories of Jepsen: this format does not need it\n`,
    );
  const list = '{:process 1 :type :invoke :f :txn :value [[:append 1 1]]}';
  expect((await check(list, '--initial', 'x')).err).toBe(
    'error: h:1: appends are to lists here, but --initial is no list\n',
  );
  for (const initial of ['[1]', 'any', 'nil']) expect((await check(list, '--initial', initial)).code).toBe(0);
});
