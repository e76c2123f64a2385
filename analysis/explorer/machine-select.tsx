/** The choice of one machine, with its label. */
import type { Signal } from '@preact/signals';
import type { NodeId } from '../../vm/index.ts';

interface Props {
  readonly label: string;
  /** What the choice is called where the label alone does not say it: for screen readers. */
  readonly fullName?: string;
  readonly nodes: readonly NodeId[];
  /** The machine that is shown as chosen. */
  readonly node: NodeId;
  /** Gets the machine that the user chooses. */
  readonly chosen: Signal<NodeId>;
}

export function MachineSelect({ label, fullName, nodes, node, chosen }: Props) {
  return (
    <label>
      <span>{label}</span>
      <select
        value={node}
        aria-label={fullName}
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
