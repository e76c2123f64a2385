/** Trouble for one machine or one link: full, damaged and lost disks, clocks that are set, links that clog. */
import { type Signal, useSignal } from '@preact/signals';
import type { NodeId } from '../../vm/clock.ts';
import { linkName } from '../../vm/sim/network.ts';
import type { Shown } from './lab.ts';
import type { AnyWorld } from './run.ts';
import type { Command } from './track.ts';

/** How far a clock is set at once, in its own ticks: farther than most elections wait. */
const JUMP_TICKS = 20;

interface Props {
  readonly shown: Shown;
  onCommand(command: Command): void;
}

export function TroubleForm({ shown, onCommand }: Props) {
  const { world, protocol } = shown.track;
  const nodes = [...world.nodes.keys()];
  const chosen = useSignal(nodes[0]!);
  const other = useSignal(nodes[1]!);
  const node = nodes.includes(chosen.value) ? chosen.value : nodes[0]!;
  const others = nodes.filter((id) => id !== node);
  const to = others.includes(other.value) ? other.value : others[0]!;
  return (
    <fieldset class="trouble">
      <legend>Make trouble</legend>
      <Machine name="For machine" nodes={nodes} node={node} chosen={chosen} />
      {protocol !== undefined && <DiskButtons world={world} node={node} onCommand={onCommand} />}
      <button
        type="button"
        title={`${JUMP_TICKS} ticks of ${node}'s clock happen at once`}
        onClick={() => onCommand({ type: 'jump', node, ticks: JUMP_TICKS })}
      >
        Clock on {JUMP_TICKS}
      </button>
      <button
        type="button"
        title={`${node}'s clock stands still for ${JUMP_TICKS} ticks`}
        onClick={() => onCommand({ type: 'jump', node, ticks: -JUMP_TICKS })}
      >
        Clock back {JUMP_TICKS}
      </button>
      <span class="link-trouble">
        <Machine name="Its link to" nodes={others} node={to} chosen={other} />
        <ClogButton world={world} from={node} to={to} onCommand={onCommand} />
      </span>
    </fieldset>
  );
}

interface MachineProps {
  readonly name: string;
  readonly nodes: readonly NodeId[];
  readonly node: NodeId;
  readonly chosen: Signal<NodeId>;
}

function Machine({ name, nodes, node, chosen }: MachineProps) {
  return (
    <label>
      <span>{name}</span>
      <select
        value={node}
        onChange={({ currentTarget }) => {
          chosen.value = currentTarget.value;
        }}
      >
        {nodes.map((id) => (
          <option key={id}>{id}</option>
        ))}
      </select>
    </label>
  );
}

interface DiskProps {
  readonly world: AnyWorld;
  readonly node: NodeId;
  onCommand(command: Command): void;
}

function DiskButtons({ world, node, onCommand }: DiskProps) {
  const { disk } = world.node(node);
  const full = disk.settings.full === true;
  return (
    <>
      <button
        type="button"
        title={
          full ? `what waits is written to ${node}'s disk` : `nothing that ${node} writes becomes durable`
        }
        onClick={() => onCommand({ type: 'disk', node, settings: { ...disk.settings, full: !full } })}
      >
        {full ? 'Make room' : 'Fill disk'}
      </button>
      <button
        type="button"
        disabled={disk.records.length === 0}
        title={`a record on ${node}'s disk is no longer what was written; its next start notices`}
        onClick={() => onCommand({ type: 'rot', node })}
      >
        Damage disk
      </button>
      <button
        type="button"
        class="danger"
        title={`${node} stops, and will start with an empty disk`}
        onClick={() => onCommand({ type: 'wipe', node })}
      >
        Lose disk
      </button>
    </>
  );
}

interface ClogProps {
  readonly world: AnyWorld;
  readonly from: NodeId;
  readonly to: NodeId;
  onCommand(command: Command): void;
}

function ClogButton({ world, from, to, onCommand }: ClogProps) {
  const isClogged = world.network.clogged[linkName(from, to)] !== undefined;
  return (
    <button
      type="button"
      title={
        isClogged
          ? `what is kept between ${from} and ${to} arrives, in order`
          : `messages from ${from} to ${to} are kept, and do not arrive`
      }
      onClick={() => onCommand({ type: isClogged ? 'unclog' : 'clog', from, to })}
    >
      {isClogged ? 'Free' : 'Clog'}
    </button>
  );
}
