/** What is no message of a protocol is dropped at the door, whatever it is. */
import { PROTOCOLS } from '../../../replication/sim/index.ts';
import { begin, settle } from './requirements.ts';
import { SUBJECTS } from './subjects.ts';

type Body = Readonly<Record<string, unknown>>;

const JUNK: readonly unknown[] = [
  ...[null, undefined, 0, -1, 1.5, Number.NaN, '', 'n1', true, [], {}, [[]], [null]],
  ...[{ type: 'constructor' }, { type: null }, new Uint8Array(3)],
];

/**
 * A message of each type that is sent while a replica crashes, returns and has everything copied.
 */
function samples(protocol: string): Map<string, { readonly body: Body; readonly state: unknown }> {
  const found = new Map<string, { body: Body; state: unknown }>();
  const created = PROTOCOLS[protocol]!.create('quick', {});
  const own = PROTOCOLS[protocol]!;
  const collecting = {
    ...own,
    create: (...args: Parameters<typeof own.create>): typeof created => {
      const made = own.create(...args);
      return {
        ...made,
        onMessage(state, envelope, ctx) {
          const body = envelope.body as Body;
          const type = String(body.type);
          if (!found.has(type)) found.set(type, { body, state: structuredClone(state) });
          made.onMessage(state, envelope, ctx);
        },
      };
    },
  };
  (PROTOCOLS as Record<string, typeof own>)[protocol] = collecting;
  try {
    const settings = protocol === 'nwr' ? {} : { maxLogEntries: 2 };
    const cluster = begin({ protocol, settings });
    cluster.do({ type: 'crash', node: 'n3' });
    for (const value of ['a', 'b', 'c', 'd', 'e']) cluster.submit('n2', { type: 'append', key: 'x', value });
    cluster.do({ type: 'restart', node: 'n3' });
    settle(cluster);
  } finally {
    (PROTOCOLS as Record<string, typeof own>)[protocol] = own;
  }
  return found;
}

test.each([...new Set(SUBJECTS.map(({ protocol }) => protocol))])('%s', (protocol) => {
  const found = samples(protocol);
  const { isMessage } = PROTOCOLS[protocol]!.create('quick', {});
  expect(found.size).toBeGreaterThan(4);
  for (const { body, state } of found.values()) {
    expect(isMessage!(body, state)).toBe(true);
    for (const junk of JUNK) expect(isMessage!(junk, state)).toBe(false);
    expect(isMessage!({ ...body, type: 'nothing' }, state)).toBe(false);
    // Some fields may be left out or be any text; most may not.
    const wrong = Object.keys(body).flatMap((key) => JUNK.map((junk) => ({ ...body, [key]: junk })));
    const taken = wrong.filter((one) => isMessage!(one, state));
    expect([body.type, taken.length / wrong.length < 0.5]).toEqual([body.type, true]);
  }
});
