import { SHIVIZ_REGULAR_EXPRESSION, type ShivizLog, shivizLog } from '../../../analysis/report/shiviz.ts';
import { loadRun } from '../../../analysis/run/load.ts';
import { removeTemporary, temporaryFolder } from '../../logs/temporary.ts';
import { recordRaft } from '../../support/recorded-raft.ts';
import { type Planted, plantRun } from '../checks/planted.ts';

afterAll(removeTemporary);

interface ShivizEvent {
  readonly event: string;
  readonly host: string;
  readonly clock: Record<string, number>;
}

/** Reads a log as ShiViz does: by its regular expression, over the whole text. */
function read(text: string): ShivizEvent[] {
  const found = [...text.trim().matchAll(new RegExp(SHIVIZ_REGULAR_EXPRESSION, 'gm'))];
  return found.map(({ groups }) => ({
    event: groups!.event!,
    host: groups!.host!,
    clock: JSON.parse(groups!.clock!) as Record<string, number>,
  }));
}

/**
 * What ShiViz demands of clocks: each host counts its events from 1; clocks of others belong to
 * events, and hold what those had heard.
 */
function refusals(events: readonly ShivizEvent[]): string[] {
  const byHost = new Map<string, ShivizEvent[]>();
  for (const event of events) {
    if (!byHost.has(event.host)) byHost.set(event.host, []);
    byHost.get(event.host)!.push(event);
  }
  const wrong: string[] = [];
  for (const [host, own] of byHost) {
    own.forEach(({ clock }, i) => {
      if (clock[host] !== i + 1) wrong.push(`${host} counts ${clock[host]} for its event ${i + 1}`);
      for (const [other, count] of Object.entries(clock)) {
        const heard = byHost.get(other)?.[count - 1]?.clock;
        if (heard === undefined)
          wrong.push(`${host} has heard of event ${count} of ${other}, which is not there`);
        else if (Object.entries(heard).some(([node, known]) => (clock[node] ?? 0) < known))
          wrong.push(`${host}:${i + 1} knows less than event ${count} of ${other}`);
      }
    });
  }
  return wrong;
}

async function exported(dir: string, part = { fromUs: 0, toUs: 1e12 }): Promise<ShivizLog> {
  const run = await loadRun(dir);
  try {
    return await shivizLog(run, part);
  } finally {
    run.database.close();
  }
}

const LOGS: Record<string, readonly Planted[]> = {
  a: [{ event: 'start' }, { event: 'send', peer: 'b', message: 'a-1', detail: 'evil={"x":1} \u2028 second' }],
  b: [
    { event: 'internal', timeUs: 1500 },
    { event: 'receive', peer: 'a', message: 'a-1', timeUs: 3000 },
    { event: 'start', timeUs: 4000 },
  ],
};

test('a run without vector clocks gets them, and restarts continue to count', async () => {
  const { text, events } = await exported(plantRun(LOGS));
  const log = read(text);
  expect(events).toBe(5);
  expect(log.map(({ host, clock }) => [host, clock])).toEqual([
    ['a', { a: 1 }],
    ['b', { b: 1 }],
    ['a', { a: 2 }],
    ['b', { b: 2, a: 2 }],
    ['b', { b: 3, a: 2 }],
  ]);
  expect(log[2]!.event).toBe('0.001000 s a send b, evil={"x":1}   second');
});

test('a part of a run has no clock entries from outside it', async () => {
  const { text } = await exported(plantRun(LOGS), { fromUs: 1500, toUs: 1e12 });
  expect(read(text).map(({ host, clock }) => [host, clock])).toEqual([
    ['b', { b: 1 }],
    ['b', { b: 2 }],
  ]);
});

test('a broken log with a cycle of messages is exported too', async () => {
  const { text } = await exported(
    plantRun({
      a: [
        { event: 'receive', peer: 'b', message: 'b-1' },
        { event: 'send', peer: 'b', message: 'a-1' },
      ],
      b: [
        { event: 'receive', peer: 'a', message: 'a-1' },
        { event: 'send', peer: 'a', message: 'b-1' },
      ],
    }),
  );
  expect(refusals(read(text))).toEqual([]);
  expect(read(text)).toHaveLength(4);
});

test('a run of Raft with crashes and restarts meets the rules of ShiViz', async () => {
  const dir = temporaryFolder();
  await recordRaft(`${dir}/run`, { seed: 1, machines: 5, events: 12_000, load: 1, faultEveryUs: 200_000 });
  const { text, events, asked } = await exported(`${dir}/run`);
  const log = read(text);
  expect(log).toHaveLength(events);
  expect(asked).toBe(events);
  expect(events).toBeGreaterThan(10_000);
  expect(log.filter(({ event }) => / start, /.test(event)).length).toBeGreaterThan(6);
  expect(refusals(log)).toEqual([]);
  // The reader notices a clock that is too low.
  const last = log.at(-1)!;
  const [other] = Object.keys(last.clock).filter((node) => node !== last.host);
  expect(refusals([...log.slice(0, -1), { ...last, clock: { ...last.clock, [other!]: 1 } }])).not.toEqual([]);
});
