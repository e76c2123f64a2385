/** The protocols that scenarios can name. */
import type { Registry, SettingValue, SubjectOptions } from '../vm/sim/scenario/subject.ts';
import { keyValueMachine } from './key-value.ts';
import type { Protocol } from './protocol.ts';
import { logOnDisk } from './raft/log.ts';
import { createRaft } from './raft/raft.ts';
import { CLASS_SETTINGS, DEFAULT_SETTINGS, type RaftSettings } from './raft/types.ts';
import { scenarioSubject } from './scenario-subject.ts';

/** By the name after `cluster`. */
export const SCENARIO_PROTOCOLS: Registry = {
  raft: (options) => raftSubject(createRaft, options),
};

/** Raft, made by `create`: tests hand over one with a bug in it. */
export function raftSubject(create: typeof createRaft, { pace, settings }: SubjectOptions) {
  const own = pace === 'class' ? { ...CLASS_SETTINGS, eager: false } : {};
  const protocol: unknown = create(keyValueMachine, { ...own, ...raftSettings(settings) });
  return scenarioSubject(protocol as Protocol<unknown, unknown>, (term, entries) =>
    logOnDisk(
      term,
      entries.map(({ index, term, command }) => ({ index, term, data: { type: 'command', command } })),
    ),
  );
}

/** The settings by their names in `RaftSettings`. Throws a RangeError for any other. */
function raftSettings(settings: SubjectOptions['settings']): Partial<RaftSettings> {
  for (const [name, value] of Object.entries(settings)) {
    const usual = (DEFAULT_SETTINGS as unknown as Record<string, SettingValue | undefined>)[name];
    if (usual === undefined) {
      throw new RangeError(
        `raft has no setting ${name} (it has ${Object.keys(DEFAULT_SETTINGS).join(', ')})`,
      );
    }
    if (typeof usual !== typeof value) {
      throw new RangeError(
        `${name} is ${typeof usual === 'number' ? 'one number' : 'a range such as 15-30'}`,
      );
    }
    const [low, high] = typeof value === 'number' ? [value, value] : value;
    if (low < 1 || low > high) throw new RangeError(`${name} must be at least 1, and a range must not fall`);
  }
  return settings as Partial<RaftSettings>;
}
