/** Travelling, branching, comparing: timelines in Node, where the page's are the same. */
import { layOut, relationTo } from '../../../analysis/explorer/diagram/layout.ts';
import { conditionsOf, horizonOf, sample } from '../../../analysis/explorer/futures/sample.ts';
import { formatLink, parseLink } from '../../../analysis/explorer/run/link.ts';
import type { Run } from '../../../analysis/explorer/run/run.ts';
import { openScript } from '../../../analysis/explorer/run/script.ts';
import { type Action, Timeline } from '../../../analysis/explorer/run/timeline.ts';
import { actsOn, splitAlong } from '../../../analysis/explorer/stage/acts.ts';
import { firstDifference } from '../../../analysis/explorer/time/difference.ts';
import { faultyRaft } from '../../support/runs.ts';

const QUICK: Run = { program: 'raft', machines: 3, preset: 'quick', seed: 5, inputs: [], steps: 0 };

/** All that there is of a world, as text. */
function stateOf({ world }: Timeline): string {
  const machines = [...world.nodes.values()].map(({ machine, disk, status }) => [
    machine.state,
    disk.records,
    status,
  ]);
  const flying = world.inFlight.toSorted((a, b) => a.order - b.order);
  return JSON.stringify([world.now, world.steps, machines, flying, world.network]);
}

/** A timeline with a leader that has begun to send, and its messages. */
function withMessages(): Timeline {
  const timeline = Timeline.open(QUICK);
  while (!timeline.step.records.some(({ event, role }) => event === 'role' && role === 'leader'))
    timeline.forward();
  while (timeline.world.inFlight.length < 2) timeline.forward();
  return timeline;
}

test('200 forward, 120 back and 120 forward is the same as going straight', () => {
  const timeline = Timeline.open({ ...faultyRaft(), steps: 1_000 });
  timeline.travel(1_200);
  const straight = stateOf(timeline);
  const rows = timeline.rows.length;
  for (let i = 0; i < 120; i++) timeline.travel(timeline.world.steps - 1);
  expect(stateOf(timeline)).not.toBe(straight);
  for (let i = 0; i < 120; i++) timeline.forward();
  expect(stateOf(timeline)).toBe(straight);
  expect(timeline.rows).toHaveLength(rows);
  timeline.travelTo(timeline.track.timeAt(1_100));
  expect(timeline.world.steps).toBe(1_100);
});

test('a branch leaves its parent untouched, and the first event that differs is found', () => {
  const parent = Timeline.open(faultyRaft());
  const [end, events] = [parent.furthest, parent.track.rows.length];
  parent.travel(900);
  const there = stateOf(parent);
  const branch = parent.branch('B', 'n2 is killed');
  expect(firstDifference(parent, branch)).toBeUndefined();
  branch.do({ type: 'crash', node: 'n2' });
  branch.advance(300_000);
  expect(stateOf(parent)).toBe(there);
  expect([parent.furthest, parent.track.rows.length]).toEqual([end, events]);
  const difference = firstDifference(parent, branch)!;
  expect(difference.b!.record).toMatchObject({ event: 'fault', kind: 'crash' });
  expect(difference.atUs).toBe(branch.origin!.atUs);
  parent.travel(end);
  expect(parent.world.node('n2').boot).toBe(1);
});

test('a message is dropped, doubled, held up, hastened or changed, and a link brings that back', () => {
  const start = withMessages();
  const [first] = start.world.inFlight.toSorted((a, b) => a.at - b.at);
  const { order, at, envelope } = first!;
  const having = (timeline: Timeline) =>
    timeline.world.inFlight.filter((one) => one.envelope.id === envelope.id && one.node === first!.node);
  const did = (...actions: readonly Action[]) => {
    const timeline = start.branch('B', '');
    for (const action of actions) timeline.do(action);
    return timeline;
  };
  expect(having(did({ type: 'lose', order }))).toEqual([]);
  expect(did({ type: 'lose', order }).rows.at(-1)!.record).toMatchObject({
    event: 'drop',
    message: envelope.id,
  });
  expect(having(did({ type: 'duplicate', order }))).toHaveLength(2);
  expect(having(did({ type: 'delay', order, us: 7 }))[0]!.at).toBe(at + 7);
  expect(having(did({ type: 'hasten', order }))[0]!.at).toBe(start.world.now);
  const edited = did({ type: 'edit', order, body: { ...(envelope.body as object), term: 9 } });
  // What was before stays; what follows is another future.
  expect(edited.rows.slice(0, -1)).toEqual(start.rows);
  edited.advance(100_000);
  const terms = [...edited.world.nodes.values()].map(
    ({ machine }) => edited.protocol!.view(machine.state.program).term,
  );
  expect(Math.max(...terms)).toBeGreaterThanOrEqual(9);
  const again = Timeline.open(parseLink(formatLink(edited.run)));
  expect(again.rows.map(({ record }) => record)).toEqual(edited.rows.map(({ record }) => record));

  expect(() => did({ type: 'lose', order: -1 })).toThrow(/no message -1 is on its way/);
  expect(() => did({ type: 'edit', order, body: { type: 'nonsense' } })).toThrow(
    /could not read such a message/,
  );
});

test('whatever the menus offer can be done', () => {
  const start = withMessages();
  const { world } = start;
  const targets = [
    ...[...world.nodes.keys()].map((node) => ({ kind: 'machine', node }) as const),
    { kind: 'message', order: world.inFlight[0]!.order } as const,
    { kind: 'link', a: 'n1', b: 'n2' } as const,
    { kind: 'network' } as const,
  ];
  const acts = targets.flatMap((target) => actsOn(start, target)).flatMap((group) => group.acts);
  expect(acts.length).toBeGreaterThan(50);
  for (const { actions } of acts) {
    const timeline = start.branch('B', '');
    for (const action of actions) timeline.do(action);
    timeline.advance(20_000);
    // A link takes all of it.
    const { inputs, ...run } = timeline.run;
    expect(parseLink(formatLink({ ...run, inputs }))).toEqual({ ...run, inputs });
  }
  expect(actsOn(start, { kind: 'message', order: -1 })).toEqual([]);
});

test('a line over the stage splits the machines on its sides', () => {
  const points = new Map([
    ['n1', { x: 0, y: -10 }],
    ['n2', { x: 10, y: 10 }],
    ['n3', { x: -10, y: 10 }],
  ]);
  const split = splitAlong({ x: -20, y: 0 }, { x: 20, y: 0 }, points);
  expect(split).toEqual({ type: 'partition', groups: [['n2', 'n3'], ['n1']] });
  expect(splitAlong({ x: -20, y: 50 }, { x: 20, y: 50 }, points)).toBeUndefined();
});

test('the diagram joins each message to where it was sent, and tells causes from the rest', () => {
  const timeline = withMessages();
  const { dots, lines } = layOut(timeline, 0, timeline.world.now);
  expect(dots.length).toBe(timeline.rows.length);
  const taken = lines.filter(({ end }) => end === 'taken');
  expect(taken.length).toBeGreaterThan(4);
  const { row, from } = taken.at(-1)!;
  expect(lines.some(({ end }) => end === 'under way')).toBe(true);
  const sent = timeline.rows.findLast(
    ({ record }) => record.event === 'send' && record.message === row!.record.message,
  )!;
  expect(sent.record.node).toBe(from);
  expect(relationTo(row!, sent)).toBe('past');
  expect(relationTo(sent, row!)).toBe('future');
  expect(timeline.rows.some((other) => relationTo(row!, other) === 'concurrent')).toBe(true);
});

test('futures: who leads goes on leading, a dead leader does not, and the same seeds say the same', () => {
  const timeline = withMessages();
  const leader = timeline.step.records[0]?.node ?? timeline.world.inFlight[0]!.envelope.from;
  const [alive] = [...ask(timeline)];
  timeline.do({ type: 'crash', node: leader });
  const [dead] = [...ask(timeline)];
  const of = (counts: readonly number[]) =>
    Object.fromEntries(
      conditionsOf(timeline).map((condition, i) => [
        'node' in condition ? condition.node : condition.type,
        counts[i],
      ]),
    );
  expect(of(alive!.counts)[leader]).toBe(20);
  expect(of(dead!.counts)[leader]).toBe(0);
  expect(of(dead!.counts).led).toBe(20);
  expect([...ask(timeline)][0]).toEqual(dead);
  // Either of the others may follow it.
  const others = Object.entries(of(dead!.counts)).filter(([node]) => /^n\d$/.test(node) && node !== leader);
  expect(others.every(([, count]) => count! > 0)).toBe(true);
});

function ask(timeline: Timeline) {
  const { run, world } = timeline;
  return sample({
    ...{ run, instants: [world.steps], futures: 20, horizonUs: horizonOf(world) },
    conditions: conditionsOf(timeline),
  });
}

test('a scenario that fails can be watched up to there, and one that is none is refused', () => {
  const script = 'cluster raft 3 seed 7\nrun until leader\nexpect no leader';
  expect(openScript(script).failure).toMatchObject({ line: 3 });
  const timeline = Timeline.open({ script, inputs: [], steps: 0 });
  expect(timeline.furthest).toBe(openScript(script).steps);
  expect(() => openScript('cluster raft 3 seed 7\nrun untill')).toThrow(/line 2|untill/);
});
