/** The form for the members of the cluster: add a machine, promote, demote and remove one. */
import { useSignal } from '@preact/signals';
import { MachineSelect } from './machine-select.tsx';
import { askToChange, MAX_MACHINES, membershipOf, nextMachine, seenMembers } from './members.ts';
import type { Shown } from './playback.ts';
import type { Action } from './timeline.ts';

interface Props {
  readonly shown: Shown;
  /** One thing after the other, on one timeline. */
  onActions(actions: readonly Action[]): void;
}

export function MembersForm({ shown, onActions }: Props) {
  const { timeline } = shown;
  const { world } = timeline;
  const nodes = [...world.nodes.keys()];
  const chosen = useSignal(nodes[0]!);
  const node = nodes.includes(chosen.value) ? chosen.value : nodes[0]!;
  const next = nextMachine(world);
  const what = membershipOf(node, seenMembers(timeline))?.kind ?? 'voter';
  const ask = (change: Parameters<typeof askToChange>[1]) => onActions([askToChange(timeline, change)]);
  const addNew = (role: 'voter' | 'learner') => {
    const { ticksPerSecond } = world.settings.machines[0]!;
    onActions([
      { type: 'join', machine: { id: next, ticksPerSecond } },
      askToChange(timeline, { do: 'add', role, id: next }),
    ]);
  };
  const isFull = nodes.length >= MAX_MACHINES;
  return (
    <fieldset class="members">
      <legend>Members</legend>
      <button
        type="button"
        disabled={isFull}
        title={`${next} starts, learns, and votes once its copy was compared`}
        onClick={() => addNew('voter')}
      >
        Add {next}
      </button>
      <button
        type="button"
        disabled={isFull}
        title={`${next} starts, and has no vote`}
        onClick={() => addNew('learner')}
      >
        Add {next} as learner
      </button>
      <span class="of-member">
        <MachineSelect label="Machine" fullName="Member" nodes={nodes} node={node} chosen={chosen} />
        {what === 'outside' ? (
          <button type="button" onClick={() => ask({ do: 'add', role: 'voter', id: node })}>
            Add again
          </button>
        ) : (
          <>
            <button
              type="button"
              disabled={what !== 'learner'}
              title={`${node} votes once its copy was compared with the leader's`}
              onClick={() => ask({ do: 'promote', id: node })}
            >
              Promote
            </button>
            <button
              type="button"
              disabled={what === 'learner'}
              title={`${node} learns on, and has no vote`}
              onClick={() => ask({ do: 'demote', id: node })}
            >
              Demote
            </button>
            <button
              type="button"
              class="danger"
              title={`${node} does not belong to the cluster any more`}
              onClick={() => ask({ do: 'remove', id: node })}
            >
              Remove
            </button>
          </>
        )}
      </span>
    </fieldset>
  );
}
