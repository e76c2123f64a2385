/** What must be true on every way through a search, by what was seen on the way. */
import { checkRivals, type Standing } from '../../replication/invariants/configurations.ts';
import type { ReplicaView } from '../../replication/protocol.ts';
import type { Log } from '../../replication/raft/log.ts';

/** What was seen on the way to a cluster. */
export interface Seen {
  /** Who has led each term. */
  readonly leaders: Readonly<Record<number, string>>;
  /** The committed entries from index 1 on, and the term of who knew it first. */
  readonly committed: readonly { readonly text: string; readonly byTerm: number }[];
  /** What is wrong, in words. */
  readonly wrong: string | undefined;
}

/** What makes two clusters differ though their replicas are the same. */
export function committedKey({ leaders, committed }: Seen): string {
  return `${JSON.stringify(leaders)}${committed.map(({ text, byTerm }) => `${text}${byTerm}`)}`;
}

/** What has been seen once a replica has taken a step. `before`: what it looked like until then. */
export function see(
  seen: Seen,
  node: string,
  before: ReplicaView,
  views: ReadonlyMap<string, ReplicaView>,
  log: Log,
): Seen {
  const view = views.get(node)!;
  let { leaders, committed, wrong } = seen;
  const isNew = view.role === 'leader' && !(before.role === 'leader' && before.term === view.term);
  if (isNew) {
    const other = leaders[view.term];
    if (other !== undefined && other !== node) wrong ??= `${other} and ${node} lead term ${view.term}`;
    leaders = { ...leaders, [view.term]: node };
    const known = committed.findLastIndex(({ byTerm }) => byTerm < view.term) + 1;
    for (let index = log.base.index + 1; index <= known; index++) {
      if (textAt(log, index) === committed[index - 1]!.text) continue;
      wrong ??= `${node} leads term ${view.term} without entry ${index}, which is committed`;
    }
  }
  for (let index = log.base.index + 1; index <= view.commit; index++) {
    const text = textAt(log, index);
    const other = committed[index - 1];
    if (other === undefined) committed = [...committed, { text, byTerm: view.term }];
    else if (other.text !== text) wrong ??= `two entries are committed at ${index}`;
  }
  const last = log.entries.findLast(({ data }) => data.type === 'config')?.index;
  const counted = view.configuration!.index;
  if (last === undefined ? counted > log.base.index : counted !== last)
    wrong ??= `${node} counts by the configuration of entry ${counted}, not by that of ${last}`;
  if (isNew || before.configuration?.index !== view.configuration?.index) {
    const standings = [...views].map(
      ([id, one]): Standing => ({
        ...{ node: id, view: one, isUp: true },
        durable: { term: one.lastTerm, index: one.lastIndex },
      }),
    );
    checkRivals(node, standings, (_invariant, _index, message) => {
      wrong ??= `${node}: ${message}`;
    });
  }
  const isSame = leaders === seen.leaders && committed === seen.committed && wrong === seen.wrong;
  return isSame ? seen : { leaders, committed, wrong };
}

function textAt({ base, entries }: Log, index: number): string {
  const entry = entries[index - base.index - 1];
  return entry === undefined ? 'nothing' : `${entry.term} ${entry.data.type} ${configurationOf(entry.data)}`;
}

function configurationOf(data: Log['entries'][number]['data']): string {
  return data.type === 'config' ? JSON.stringify([data.members, data.outgoing, data.next]) : '';
}
