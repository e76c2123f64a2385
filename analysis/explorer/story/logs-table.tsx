/** All logs under one another, as the Raft paper draws them. */

import { commandsIn, type KeyValueCommand } from '../../../replication/core/index.ts';
import type { LogEntryView, ReplicaView } from '../../../replication/index.ts';
import type { KeyValueProtocol } from '../../../replication/sim/index.ts';
import type { NodeId } from '../../../vm/index.ts';
import { termHue } from '../stage/style.ts';
import type { Shown } from '../time/playback.ts';

/** How many indexes are shown: the latest. */
const MOST_INDEXES = 12;

export function LogsTable({
  shown,
  protocol,
}: {
  readonly shown: Shown;
  readonly protocol: KeyValueProtocol;
}) {
  const replicas = [...shown.timeline.world.nodes.values()].map(({ id, status, machine }) => ({
    id,
    state: machine.state.program,
    view: status === 'up' ? protocol.view(machine.state.program) : undefined,
  }));
  const last = Math.max(0, ...replicas.map(({ view }) => view?.lastIndex ?? 0));
  const first = Math.max(1, last - MOST_INDEXES + 1);
  const indexes = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return (
    <div class="logs">
      {last === 0 ? (
        <p class="quiet">Empty: there has been no leader yet.</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">
                  <span class="visually-hidden">Machine</span>
                </th>
                {indexes.map((index) => (
                  <th key={index} scope="col">
                    {index}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {replicas.map(({ id, state, view }) => (
                <Log key={id} {...{ id, view, indexes }} entryOf={(index) => protocol.entry(state, index)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="quiet">
        The small number is the entry's term. <span class="committed sample">Solid</span> is committed,{' '}
        <span class="sample">dashed</span> may still be lost.
      </p>
    </div>
  );
}

interface LogProps {
  readonly id: NodeId;
  readonly view: ReplicaView | undefined;
  readonly indexes: readonly number[];
  entryOf(index: number): LogEntryView | undefined;
}

function Log({ id, view, indexes, entryOf }: LogProps) {
  return (
    <tr aria-label={`Log of ${id}`}>
      <th scope="row">{id}</th>
      {view === undefined ? (
        <td colSpan={indexes.length} class="off">
          off
        </td>
      ) : (
        indexes.map((index) => <Cell key={index} entry={entryOf(index)} commit={view.commit} />)
      )}
    </tr>
  );
}

function Cell({ entry, commit }: { readonly entry: LogEntryView | undefined; readonly commit: number }) {
  if (entry === undefined) return <td />;
  const committed = entry.index <= commit;
  return (
    <td>
      <span
        class={`entry term-${termHue(entry.term)}${committed ? ' committed' : ''}`}
        title={`Entry ${entry.index} of term ${entry.term}, ${committed ? '' : 'not '}committed`}
      >
        {entryText(entry)} <small>{entry.term}</small>
      </span>
    </td>
  );
}

/** Commands of the explorer's own clients are shown as `x=1`; others by their label. */
function entryText({ label, content }: LogEntryView): string {
  const commands = commandsIn(content).map(({ command }) => command as Partial<KeyValueCommand>);
  const texts = commands.map((command) =>
    command.type === 'put' ? `${command.key}=${String(command.value)}` : undefined,
  );
  return texts.length > 0 && !texts.includes(undefined) ? texts.join(' ') : label;
}
