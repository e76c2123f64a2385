/** The event log as it grows, newest first. */

import { describe } from '../run/describe.ts';
import type { Shown } from '../time/playback.ts';

/** How many rows are shown. */
const MOST_SHOWN = 60;

export function EventList({ shown }: { readonly shown: Shown }) {
  const { track, world } = shown.timeline;
  const rows = track.latest(world.steps, MOST_SHOWN);
  return (
    <table class="events">
      <thead>
        <tr>
          <th scope="col">ms</th>
          <th scope="col">machine</th>
          <th scope="col">clock</th>
          <th scope="col">what happened</th>
        </tr>
      </thead>
      <tbody>
        {rows.toReversed().map(({ record }, i) => (
          <tr key={rows.length - i} class={record.event}>
            <td>{(record.timeUs / 1000).toFixed(1)}</td>
            <td>{record.node}</td>
            <td>{record.lamport}</td>
            <td>{describe(record)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
