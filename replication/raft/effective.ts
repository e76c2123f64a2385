/**
 * The configuration that a replica counts by: of the last configuration entry in its log, committed
 * or not (dissertation, 4.1), with the lists made ready that votes and acknowledgements are counted
 * over.
 */
import type { NodeId, Roster, StoreReader } from '../../vm/index.ts';
import { configurationOf } from '../core/sessions.ts';
import type { Configuration, ConfigurationView, Members } from '../members.ts';
import { isJoint, votersOf } from './configuration.ts';
import type { Voters } from './quorum.ts';

/** A configuration and the entry that has it. Frozen: copies of a state share it. */
export interface EffectiveConfiguration {
  /** The index of its entry; 0 for what the replica was started with. */
  readonly index: number;
  readonly configuration: Configuration;
  readonly halves: Voters;
  /** The voters of either half, in order. */
  readonly voters: readonly NodeId[];
  /**
   * Whom a leader sends entries to: members, those of the outgoing half, and those that are
   * leaving.
   */
  readonly everyone: readonly NodeId[];
  /** Whether nothing is joint or to be promoted: a leader has nothing to do for it. */
  readonly isSettled: boolean;
  readonly view: ConfigurationView;
  /** Where those are whom a replica is linked to. */
  readonly roster: Roster;
}

/** The configuration of the entry at `index`, ready to count by. */
export function effectiveFrom(index: number, configuration: Configuration): EffectiveConfiguration {
  const { members, outgoing = {}, leaving = {} } = configuration;
  const halves = votersOf(configuration);
  const view = configurationView(index, configuration);
  const everyone = inOrder([members, outgoing, leaving].flatMap((some) => Object.keys(some)));
  return Object.freeze({
    index,
    configuration: Object.freeze(configuration),
    halves: Object.freeze(halves),
    voters: inOrder(halves.flat()),
    everyone,
    isSettled: !isJoint(configuration) && view.learners.every((id) => members[id]!.want === 'learner'),
    view: Object.freeze(view),
    roster: Object.freeze({ version: index, members: located({ ...leaving, ...outgoing, ...members }) }),
  });
}

/** What is shown of a configuration. */
export function configurationView(index: number, configuration: Configuration): ConfigurationView {
  const { members } = configuration;
  const [voters, outgoing] = votersOf(configuration);
  const learners = Object.keys(members).filter((id) => members[id]!.role === 'learner');
  return { index, voters, learners: inOrder(learners), outgoing };
}

/** Members that have an address. */
function located(members: Members): Roster['members'] {
  const entries = Object.entries(members);
  return entries.flatMap(([id, { url, incarnation }]) =>
    url === undefined ? [] : [{ id, url, incarnation }],
  );
}

function inOrder(ids: readonly NodeId[]): readonly NodeId[] {
  return Object.freeze([...new Set(ids)].sort());
}

/** The configuration kept with the data; data that has none is of a cluster of `founders`. */
export function configurationIn(data: StoreReader, founders: EffectiveConfiguration): EffectiveConfiguration {
  const kept = configurationOf(data);
  return kept === undefined ? founders : effectiveFrom(kept.index, kept.configuration);
}
