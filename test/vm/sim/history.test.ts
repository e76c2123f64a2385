import fc from 'fast-check';
import { keyValueMachine } from '../../../replication/core/key-value.ts';
import type { ProtocolRequest } from '../../../replication/protocol.ts';
import type { RaftMessage } from '../../../replication/raft/messages.ts';
import { createRaft } from '../../../replication/raft/raft.ts';
import type { RaftState } from '../../../replication/raft/state.ts';
import { History, type Input } from '../../../vm/sim/history.ts';
import { World } from '../../../vm/sim/world.ts';
import { look, worldSettings } from '../../support/simulated.ts';

type RaftHistory = History<RaftState, RaftMessage, ProtocolRequest>;
type Action = Input<ProtocolRequest>['action'];
type Move = { readonly advance: number } | { readonly forward: number } | { readonly give: Action };

const raft = createRaft(keyValueMachine);
const settings = worldSettings(3);

function begin(): RaftHistory {
  return new History(new World(raft, settings));
}

/**
 * The world after `steps` simulation events and all inputs given by then, reached without any
 * travelling.
 */
function straight(
  inputs: readonly Input<ProtocolRequest>[],
  steps: number,
): World<RaftState, RaftMessage, ProtocolRequest> {
  const world = new World(raft, settings);
  let given = 0;
  for (;;) {
    for (; inputs[given] !== undefined && inputs[given]!.steps === world.steps; given++) {
      world.now = inputs[given]!.atUs;
      world.do(inputs[given]!.action);
    }
    if (world.steps >= steps) return world;
    world.step();
  }
}

const node = fc.constantFrom('n1', 'n2', 'n3');
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    type: fc.constantFrom('crash' as const, 'restart' as const, 'pause' as const, 'resume' as const),
    node,
  }),
  fc.record({
    type: fc.constantFrom('block' as const, 'clog' as const, 'unclog' as const),
    from: node,
    to: node,
  }),
  fc.record({
    type: fc.constant('crash' as const),
    node,
    unsynced: fc.constantFrom('lost' as const, 'kept' as const, 'torn' as const),
  }),
  fc.record({ type: fc.constantFrom('rot' as const, 'wipe' as const), node }),
  fc.record({
    type: fc.constant('disk' as const),
    node,
    settings: fc.record({
      syncUs: fc.constant([100, 20_000] as const),
      full: fc.boolean(),
      lazyData: fc.boolean(),
    }),
  }),
  fc.record({ type: fc.constant('drift' as const), node, perSecond: fc.constantFrom(0.2, 1, 3) }),
  fc.record({ type: fc.constant('jump' as const), node, ticks: fc.integer({ min: -60, max: 60 }) }),
  fc.constant({ type: 'heal' as const }),
  fc.record({
    type: fc.constant('request' as const),
    node,
    body: fc.constant({ type: 'submit' as const, command: { type: 'put', key: 'k', value: 1 } }),
  }),
);
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ advance: fc.nat(300_000) }),
  fc.record({ forward: fc.nat(300) }),
  fc.record({ give: action }),
);
const moves = fc.array(move, { minLength: 1, maxLength: 15 });

function make(history: RaftHistory, all: readonly Move[]): void {
  for (const one of all) {
    if ('advance' in one) history.advance(one.advance);
    else if ('forward' in one) history.forward(one.forward);
    else history.do(one.give);
  }
}

test('any past instant is as it was, and leads to the same present', () => {
  fc.assert(
    fc.property(
      moves,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
      (all, places) => {
        const history = begin();
        make(history, all);
        const { steps } = history.world;
        const end = look(straight(history.inputs, steps));
        for (const place of places) {
          const at = Math.floor(place * steps);
          history.seek(at);
          expect(look(history.world)).toEqual(look(straight(history.inputs, at)));
        }
        history.seek(Math.floor(steps / 2));
        history.forward(steps - history.world.steps);
        expect(look(history.world)).toEqual(end);
      },
    ),
    { numRuns: 60 },
  );
});

test('a branch shares the past and is then independent of the trunk', () => {
  fc.assert(
    fc.property(moves, moves, fc.double({ min: 0, max: 1, noNaN: true }), (past, future, place) => {
      const trunk = begin();
      make(trunk, past);
      const end = trunk.world.steps;
      trunk.seek(Math.floor(place * end));
      const branch = trunk.branch();
      expect(look(branch.world)).toEqual(look(trunk.world));
      make(branch, future);
      trunk.forward(end - trunk.world.steps);
      expect(look(trunk.world)).toEqual(look(straight(trunk.inputs, end)));
      // The branch, too, is what a straight run of its own inputs gives at any instant.
      const middle = Math.floor(branch.world.steps / 2);
      branch.seek(middle);
      expect(look(branch.world)).toEqual(look(straight(branch.inputs, middle)));
    }),
    { numRuns: 40 },
  );
});

test('time never runs backwards, even if time passed before a later input', () => {
  fc.assert(
    fc.property(moves, moves, fc.double({ min: 0, max: 1, noNaN: true }), (past, future, place) => {
      const history = begin();
      make(history, past);
      history.seek(Math.floor(place * history.world.steps));
      let { now } = history.world;
      for (const one of future) {
        make(history, [one]);
        expect(history.world.now).toBeGreaterThanOrEqual(now);
        now = history.world.now;
      }
      const times = history.inputs.map(({ atUs }) => atUs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }),
    { numRuns: 100 },
  );
});

test('an input that was given later in the same gap between two simulation events waits for its time', () => {
  const history = begin();
  history.forward(40);
  const { nextAt, now } = history.world;
  const gap = nextAt! - now;
  expect(gap).toBeGreaterThan(10);
  history.advance(gap - 2);
  history.do({ type: 'crash', node: 'n1' });
  history.seek(39);
  history.advance(now - history.world.now + 5);
  expect(history.world.steps).toBe(40);
  expect(history.world.node('n1').status).toBe('up');
  // Another future from here on must not know of the crash either.
  const branch = history.branch();
  branch.do({ type: 'pause', node: 'n2' });
  branch.seek(40);
  expect(branch.world.node('n1').status).toBe('up');
  history.advance(gap);
  expect(history.world.node('n1').status).toBe('down');
});

test('back goes one simulation event back, at most to the beginning', () => {
  const history = begin();
  history.forward(600);
  history.back();
  expect(history.world.steps).toBe(599);
  expect(look(history.world)).toEqual(look(straight([], 599)));
  history.seek(0);
  history.back();
  expect(history.world.steps).toBe(0);
});

test('a new action drops the future', () => {
  const history = begin();
  history.advance(500_000);
  history.do({ type: 'crash', node: 'n1' });
  history.advance(500_000);
  history.seek(10);
  history.do({ type: 'crash', node: 'n2' });
  history.advance(500_000);
  expect(history.inputs.map(({ action }) => action)).toEqual([{ type: 'crash', node: 'n2' }]);
  expect(history.world.node('n1').status).toBe('up');
});

test('a watcher sees new steps, and nothing of time travel', () => {
  const seen: number[] = [];
  const world = new World(raft, { ...settings, record: true });
  const history: RaftHistory = new History(world, { event: ({ timeUs }) => void seen.push(timeUs) });
  history.forward(300);
  const whole = seen.length;
  expect(whole).toBeGreaterThan(0);
  history.seek(150);
  expect(seen).toHaveLength(whole);
  history.forward(150);
  expect(seen.slice(whole)).toEqual(seen.slice(whole - (seen.length - whole), whole));
});
