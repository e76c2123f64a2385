/** What the signs of the picture mean. */

import type { KeyValueProtocol } from '../../replication/sim/index.ts';
import { LEGEND, signOf } from './style.ts';

export function Legend({ protocol }: { readonly protocol: KeyValueProtocol | undefined }) {
  if (protocol === undefined) {
    return (
      <p class="legend quiet">
        The number in a machine is its Lamport clock; on a message, the clock it carries.
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
              viewBox="-14 -14 28 28"
              class={`message ${family}${isAnswer ? ' answer' : ''}`}
              aria-hidden="true"
            >
              <circle class="disc" r="11" />
              <text class="letters" y="5">
                {letters}
              </text>
            </svg>
            {words}
          </li>
        );
      })}
      <li>
        <span class="quiet">
          Number in a machine: its Lamport clock. Below: role and term. Arc: election timer. Dotted outline: a
          learner; two rings: a vote in one half of a joint change; grey: no member.
        </span>
      </li>
    </ul>
  );
}
