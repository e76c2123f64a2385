/** Actions on the cluster: put a value, lose messages, split the network and heal it. */
import { useSignal } from '@preact/signals';
import type { NodeId } from '../../vm/index.ts';
import { cutOff, groupsOf } from './groups.ts';
import { MachineSelect } from './machine-select.tsx';
import type { Shown } from './playback.ts';
import { networkOf } from './run.ts';
import type { Action } from './timeline.ts';

const LOSSES = [0, 0.05, 0.1, 0.3, 0.5];

interface Props {
  readonly shown: Shown;
  onAction(action: Action): void;
}

/**
 * A client that asks any machine to put a value; the value counts up, so that one click is one
 * command.
 */
export function PutForm({ shown, onAction }: Props) {
  const key = useSignal('x');
  const value = useSignal('1');
  const nodes = [...shown.timeline.world.nodes.keys()];
  const chosen = useSignal(nodes[0]!);
  const node = nodes.includes(chosen.value) ? chosen.value : nodes[0]!;
  const put = (event: Event) => {
    event.preventDefault();
    const command = { type: 'put', key: key.value, value: value.value };
    onAction({ type: 'request', node, body: { type: 'submit', command } });
    if (/^\d{1,9}$/.test(value.value)) value.value = String(Number(value.value) + 1);
  };
  return (
    <form class="put" aria-label="Put a value" onSubmit={put}>
      <label>
        <span>Put</span>
        <input
          value={key.value}
          maxLength={20}
          required
          size={4}
          aria-label="Key"
          onInput={({ currentTarget }) => {
            key.value = currentTarget.value;
          }}
        />
      </label>
      <label>
        <span>=</span>
        <input
          value={value.value}
          maxLength={20}
          size={4}
          aria-label="Value"
          onInput={({ currentTarget }) => {
            value.value = currentTarget.value;
          }}
        />
      </label>
      <MachineSelect label="at" fullName="At machine" nodes={nodes} node={node} chosen={chosen} />
      <button type="submit">Put</button>
    </form>
  );
}

/** Loss, and splitting the machines into the checked ones and the others. */
export function NetworkForm({ shown, onAction }: Props) {
  const { world, setup } = shown.timeline;
  const nodes = [...world.nodes.keys()];
  const checked = useSignal<readonly NodeId[]>([]);
  const side = checked.value.filter((node) => nodes.includes(node));
  const { lossRate } = world.network.settings;
  const isWhole = groupsOf(world).length === 1;
  return (
    <div class="network">
      <label>
        <span>Messages lost</span>
        <select
          value={String(lossRate)}
          onChange={({ currentTarget }) => {
            const settings = { ...networkOf(setup), lossRate: Number(currentTarget.value) };
            onAction({ type: 'network', settings });
          }}
        >
          {[...new Set([...LOSSES, lossRate])].map((rate) => (
            <option key={rate} value={String(rate)}>
              {Math.round(rate * 100)} %
            </option>
          ))}
        </select>
      </label>
      <fieldset class="split">
        <legend>Split off</legend>
        {nodes.map((node) => (
          <label key={node}>
            <input
              type="checkbox"
              checked={side.includes(node)}
              onChange={({ currentTarget }) => {
                const others = side.filter((other) => other !== node);
                checked.value = currentTarget.checked ? [...others, node] : others;
              }}
            />
            <span>{node}</span>
          </label>
        ))}
        <button
          type="button"
          disabled={side.length === 0 || side.length === nodes.length}
          onClick={() => onAction(cutOff(world, side.toSorted()))}
        >
          Split
        </button>
        <button type="button" disabled={isWhole} onClick={() => onAction({ type: 'heal' })}>
          Heal
        </button>
      </fieldset>
    </div>
  );
}
