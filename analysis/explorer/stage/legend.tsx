/** What the signs of the stage mean. */

import type { KeyValueProtocol } from '../../../replication/sim/index.ts';
import { LEGEND, OUTLINES, signOf } from './style.ts';

export function Legend({ protocol }: { readonly protocol: KeyValueProtocol | undefined }) {
  if (protocol === undefined) {
    return (
      <p class="legend">
        The number in a machine is its Lamport clock; on a message, the clock that it carries.
      </p>
    );
  }
  return (
    <ul class="legend" aria-label="Signs">
      {LEGEND.map(([kind, words]) => {
        const { family, letters, isAnswer } = signOf(kind, 0);
        return (
          <li key={kind}>
            <svg
              viewBox="-15 -15 30 30"
              class={`message ${family}${isAnswer ? ' answer' : ''}`}
              aria-hidden="true"
            >
              <path class="disc" d={OUTLINES[family]} />
              <text class="letters" y="4.5">
                {letters}
              </text>
            </svg>
            {words}
          </li>
        );
      })}
    </ul>
  );
}
