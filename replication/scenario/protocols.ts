/** The protocols that scenarios can name. */

import { keyValueMachine } from '../core/key-value.ts';
import { SessionWindow } from '../core/session-window.ts';
import type { Protocol } from '../protocol.ts';
import { logOnDisk } from '../raft/log.ts';
import { createRaft } from '../raft/raft.ts';
import { CLASS_SETTINGS, DEFAULT_SETTINGS, type RaftSettings } from '../raft/settings.ts';
import { type DiskOf, scenarioSubject } from './key-value-subject.ts';
import type { Registry, SettingValue, SubjectOptions } from './subject.ts';

/** By the name after `cluster`. */
export const SCENARIO_PROTOCOLS: Registry = {
  raft: (options) => raftSubject(createRaft, options),
};

/** Raft, made by `create`, with clients that use `Window`: tests hand over those with a bug in them. */
export function raftSubject(create: typeof createRaft, options: SubjectOptions, Window = SessionWindow) {
  const diskOf: DiskOf = (term, entries) =>
    logOnDisk(
      term,
      entries.map(({ index, term, command }) => ({ index, term, data: { type: 'command', command } })),
    );
  const openWindow = (session: string) => raftWindow(session, options.settings, Window);
  return scenarioSubject(raftOfScenario(create, options), diskOf, openWindow);
}

/** The client's side of a session, as a scenario sets the replicas up. */
export function raftWindow(
  session: string,
  { maxKeptResults }: SubjectOptions['settings'],
  Window = SessionWindow,
): SessionWindow {
  return typeof maxKeptResults === 'number' ? new Window(session, maxKeptResults) : new Window(session);
}

/** Raft over the key-value machine, as a scenario sets it up. */
export function raftOfScenario(
  create: typeof createRaft,
  { preset, settings }: SubjectOptions,
): Protocol<unknown, unknown> {
  const own = preset === 'class' ? { ...CLASS_SETTINGS, eager: false } : {};
  const protocol: unknown = create(keyValueMachine, { ...own, ...raftSettings(settings) });
  return protocol as Protocol<unknown, unknown>;
}

const KINDS: Readonly<Record<string, string>> = {
  number: 'one number',
  object: 'a range such as 15-30',
  boolean: 'on or off',
};

/** What may be set, and what each is usually. */
const USUAL = { ...DEFAULT_SETTINGS, eager: true } as unknown as Record<string, SettingValue | undefined>;

/** The settings by their names in `RaftSettings`, and `eager`. Throws a RangeError for any other. */
function raftSettings(settings: SubjectOptions['settings']): Partial<RaftSettings> & { eager?: boolean } {
  for (const [name, value] of Object.entries(settings)) {
    const usual = Object.hasOwn(USUAL, name) ? USUAL[name] : undefined;
    if (usual === undefined) {
      throw new RangeError(`raft has no setting ${name} (it has ${Object.keys(USUAL).join(', ')})`);
    }
    if (typeof usual !== typeof value) throw new RangeError(`${name} is ${KINDS[typeof usual]}`);
    if (typeof value === 'boolean') continue;
    const [low, high] = typeof value === 'number' ? [value, value] : value;
    if (low < 1 || low > high) throw new RangeError(`${name} must be at least 1, and a range must not fall`);
  }
  return settings as Partial<RaftSettings>;
}
