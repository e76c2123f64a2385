/** The autopilot over time: each decision carried out on a model of a cluster. */
import {
  type Action,
  decide,
  defaultSettings,
  type LoadWindow,
  type Member,
  type View,
} from '../../../replication/autopilot/index.ts';
import { calm, healthy } from './table.ts';

/** A tick is a second. */
const SETTINGS = { ...defaultSettings(1), maxReaders: 6 };
const MINUTE = 60;
/** How long a replica takes to start, to catch up and to be compared. */
const START_S = 90;

/** A cluster that does what is decided, a second at a time. */
class Model {
  readonly done: { readonly at: number; readonly action: Action }[] = [];
  now = 0;
  members: (Member & { readonly readyAt: number })[];
  #starting: { readonly want: Member['want']; readonly zone: string | undefined; readonly at: number }[] = [];
  #desired: number | undefined;
  #scaledAt = -10_000;
  #windows: LoadWindow[] = [];
  #next = 4;
  /** Whether what is started is never heard of. */
  startsInVain = false;
  #failedStarts = 0;
  #failedAt = 0;
  readonly #dead = new Map<string, number>();

  constructor() {
    this.members = ['a', 'b', 'c'].map((zone, i) => ({ ...healthy(`r${i + 1}`, zone), readyAt: 0 }));
  }

  get voters(): Member[] {
    return this.members.filter(({ role }) => role === 'voter');
  }

  get readers(): Member[] {
    return this.members.filter(({ want }) => want === 'learner');
  }

  get living(): Member[] {
    return this.members.filter(({ id }) => !this.#dead.has(id));
  }

  kill(id: string): void {
    this.#dead.set(id, this.now);
  }

  /** The load of the last minute. */
  window(clients: number): number {
    const load = { clients: clients / this.living.length, readsPerSecond: 0, eventLoop: 0.1, queue: 0 };
    this.#windows = [...this.#windows, load].slice(-20);
    return load.clients / SETTINGS.high.clients;
  }

  second(): void {
    this.now++;
    for (const { want, zone, at } of this.#starting) {
      if (this.now - at < START_S / 3) continue;
      const id = `r${this.#next++}`;
      this.members.push({ ...healthy(id, zone), role: 'learner', want, readyAt: at + START_S });
      if (this.startsInVain) this.#dead.set(id, this.now);
      else this.#failedStarts = 0;
    }
    this.#starting = this.#starting.filter(({ at }) => this.now - at < START_S / 3);
    const { action, desiredReaders } = decide(this.#view(), SETTINGS);
    if (action?.class === 'scale' && desiredReaders !== this.#desired) this.#scaledAt = this.now;
    this.#desired = desiredReaders;
    if (action !== undefined) this.#carryOut(action);
  }

  #view(): View {
    const members = this.members.map((member): Member => {
      const diedAt = this.#dead.get(member.id);
      if (diedAt !== undefined) {
        const isHeard = member.role === 'voter';
        return { ...member, isHeard, silentTicks: this.now - diedAt, healthyTicks: 0 };
      }
      const healthyTicks = Math.max(0, this.now - member.readyAt);
      return { ...member, healthyTicks, isChecked: healthyTicks > 0 };
    });
    return {
      ...calm('r1', members),
      starting: this.#starting,
      failedStarts: this.#failedStarts,
      sinceFailedTicks: this.now - this.#failedAt,
      desiredReaders: this.#desired,
      windows: this.#windows,
      sinceScaledTicks: this.now - this.#scaledAt,
    };
  }

  #carryOut(action: Action): void {
    this.done.push({ at: this.now, action });
    const become = (ids: readonly string[], role: Member['role']) => {
      this.members = this.members.map((one) => (ids.includes(one.id) ? { ...one, role, want: role } : one));
    };
    if (action.do === 'start') this.#starting.push({ want: action.want, zone: action.zone, at: this.now });
    else if (action.do === 'remove') {
      if (this.startsInVain && this.members.find(({ id }) => id === action.id)?.role === 'learner') {
        this.#failedStarts++;
        this.#failedAt = this.now;
      }
      this.members = this.members.filter(({ id }) => id !== action.id);
    } else if (action.do === 'promote') become(action.ids, 'voter');
    else if (action.do === 'demote') become(action.ids, 'learner');
  }
}

test('a voter that dies is replaced, and only then removed; two at once, one after the other', () => {
  const model = new Model();
  while (model.now < 100) model.second();
  model.kill('r3');
  let fewest = 3;
  while (model.now < 1_200) {
    model.second();
    fewest = Math.min(fewest, model.voters.length);
  }
  const story = model.done.map(({ action }) => {
    if (action.do === 'start') return `start in ${action.zone}`;
    return `${action.do} ${'ids' in action ? action.ids.join() : 'id' in action ? action.id : action.to}`;
  });
  expect(story).toEqual(['start in c', 'promote r4', 'remove r3']);
  expect(model.voters.map(({ id }) => id)).toEqual(['r1', 'r2', 'r4']);
  expect(fewest).toBe(3);
  // Within the time that the settings give it.
  expect(model.done.at(-1)!.at - 100).toBeLessThan(SETTINGS.deadTicks + START_S + SETTINGS.stableTicks + 60);
});

test('replicas that are started and never heard of do not follow each other ever faster', () => {
  const model = new Model();
  while (model.now < 100) model.second();
  model.kill('r3');
  model.startsInVain = true;
  while (model.now < 12 * 60 * MINUTE) model.second();
  const starts = model.done.flatMap(({ at, action }) => (action.do === 'start' ? [at] : []));
  const waits = starts.slice(1).map((at, i) => Math.floor((at - starts[i]!) / MINUTE));
  // Ten minutes to come up, half a one until it is added, and the wait.
  expect(waits.slice(0, 8)).toEqual([11, 12, 14, 18, 26, 42, 42, 42]);
  expect(model.members.map(({ id }) => id).slice(0, 3)).toEqual(['r1', 'r2', 'r3']);
  model.startsInVain = false;
  while (model.now < 14 * 60 * MINUTE) model.second();
  expect(model.voters).toHaveLength(3);
  expect(model.voters.map(({ id }) => id)).not.toContain('r3');
});

test('two-controllers-fight (cockroach#81119): what one class of change has done no other undoes', () => {
  const model = new Model();
  while (model.now < 100) model.second();
  for (let minute = 0; minute < 60; minute++) {
    model.window(4_000);
    if (minute === 20) model.kill('r2');
    for (let second = 0; second < MINUTE; second++) model.second();
  }
  const removed = new Set(model.done.flatMap(({ action }) => (action.do === 'remove' ? [action.id] : [])));
  expect([...removed]).toEqual(['r2']);
  expect(model.done.filter(({ action }) => action.do === 'demote')).toEqual([]);
  // Nothing is going on any more: what there is to be is there.
  expect(model.done.at(-1)!.at).toBeLessThan(55 * MINUTE);
  expect(model.voters).toHaveLength(3);
});

describe('a day of load with peaks', () => {
  /** Clients in each minute: a quiet night, peaks at noon and in the evening, and noise. */
  const clients = Array.from({ length: 24 * 60 }, (_, minute) => {
    const peak = (at: number, width: number) => Math.max(0, 1 - ((minute - at * 60) / width) ** 2);
    const noise = 1 + 0.12 * (((minute * 7_919) % 101) / 50 - 1);
    return Math.round((700 + 5_500 * peak(12.5, 240) + 4_500 * peak(20, 90)) * noise);
  });
  const model = new Model();
  const loads = clients.map((count) => {
    const load = model.window(count);
    for (let second = 0; second < MINUTE; second++) model.second();
    return load;
  });
  const scalings = model.done.filter(({ action }) => action.class === 'scale');

  test('readers come with the load and go with it', () => {
    expect(scalings.filter(({ action }) => action.do === 'start').length).toBeGreaterThanOrEqual(6);
    expect(model.readers).toEqual([]);
    expect(model.voters.map(({ id }) => id)).toEqual(['r1', 'r2', 'r3']);
    expect(model.done).toHaveLength(scalings.length);
  });

  test('it does not flap: no reader is removed soon after one was added, nor the other way round', () => {
    const turns = scalings.slice(1).flatMap(({ at, action }, i) => {
      return action.do === scalings[i]!.action.do ? [] : [at - scalings[i]!.at];
    });
    expect(turns).toHaveLength(3);
    expect(Math.min(...turns)).toBeGreaterThan(20 * MINUTE);
  });

  test('it does not starve: load is never high for long', () => {
    let [longest, current] = [0, 0];
    for (const load of loads) {
      current = load >= 1 ? current + 1 : 0;
      longest = Math.max(longest, current);
    }
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThanOrEqual(12);
  });
});
