/**
 * The form for faults of one machine or one link: full, damaged and lost disks, clocks that are
 * set, clogged links.
 */
import { useSignal } from '@preact/signals';
import type { NodeId } from '../../vm/index.ts';
import { linkName } from '../../vm/sim/index.ts';
import { MachineSelect } from './machine-select.tsx';
import type { Shown } from './playback.ts';
import type { AnyWorld } from './run.ts';
import type { Action } from './timeline.ts';

/** How far a clock is set at once, in its own ticks: farther than most elections wait. */
const JUMP_TICKS = 20;

interface Props {
  readonly shown: Shown;
  onAction(action: Action): void;
}

export function FaultForm({ shown, onAction }: Props) {
  const { world, protocol } = shown.timeline;
  const nodes = [...world.nodes.keys()];
  const chosen = useSignal(nodes[0]!);
  const other = useSignal(nodes[1]!);
  const node = nodes.includes(chosen.value) ? chosen.value : nodes[0]!;
  const others = nodes.filter((id) => id !== node);
  const to = others.includes(other.value) ? other.value : others[0]!;
  return (
    <fieldset class="faults">
      <legend>Inject faults</legend>
      <MachineSelect label="For machine" nodes={nodes} node={node} chosen={chosen} />
      {protocol !== undefined && <DiskButtons world={world} node={node} onAction={onAction} />}
      <button
        type="button"
        title={`${JUMP_TICKS} ticks of ${node}'s clock happen at once`}
        onClick={() => onAction({ type: 'jump', node, ticks: JUMP_TICKS })}
      >
        Clock on {JUMP_TICKS}
      </button>
      <button
        type="button"
        title={`${node}'s clock stops for ${JUMP_TICKS} ticks`}
        onClick={() => onAction({ type: 'jump', node, ticks: -JUMP_TICKS })}
      >
        Clock back {JUMP_TICKS}
      </button>
      <span class="link-faults">
        <MachineSelect label="Its link to" nodes={others} node={to} chosen={other} />
        <ClogButton world={world} from={node} to={to} onAction={onAction} />
      </span>
    </fieldset>
  );
}

interface DiskProps {
  readonly world: AnyWorld;
  readonly node: NodeId;
  onAction(action: Action): void;
}

function DiskButtons({ world, node, onAction }: DiskProps) {
  const { disk } = world.node(node);
  const full = disk.settings.full === true;
  return (
    <>
      <button
        type="button"
        title={
          full ? `what waits is written to ${node}'s disk` : `nothing that ${node} writes becomes durable`
        }
        onClick={() => onAction({ type: 'disk', node, settings: { ...disk.settings, full: !full } })}
      >
        {full ? 'Free disk' : 'Fill disk'}
      </button>
      <button
        type="button"
        disabled={disk.records.length === 0}
        title={`a record on ${node}'s disk is no longer what was written; its next start notices`}
        onClick={() => onAction({ type: 'rot', node })}
      >
        Damage disk
      </button>
      <button
        type="button"
        class="danger"
        title={`${node} stops, and will start with an empty disk`}
        onClick={() => onAction({ type: 'wipe', node })}
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
  onAction(action: Action): void;
}

function ClogButton({ world, from, to, onAction }: ClogProps) {
  const isClogged = world.network.clogged[linkName(from, to)] !== undefined;
  return (
    <button
      type="button"
      title={
        isClogged
          ? `what is kept between ${from} and ${to} arrives, in order`
          : `messages from ${from} to ${to} are kept, and do not arrive`
      }
      onClick={() => onAction({ type: isClogged ? 'unclog' : 'clog', from, to })}
    >
      {isClogged ? 'Free' : 'Clog'}
    </button>
  );
}
