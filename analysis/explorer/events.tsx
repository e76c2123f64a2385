/** The event log as it grows, newest first, and the contents of the message that was clicked. */

import { describe } from './describe.ts';
import type { Arrival } from './diagram.tsx';
import type { Shown } from './playback.ts';

/** How many rows are shown. */
const MOST_SHOWN = 60;

export function EventList({ shown }: { readonly shown: Shown }) {
  const { timeline } = shown;
  const rows = timeline.rows.slice(-MOST_SHOWN).reverse();
  return (
    <section class="panel events" aria-label="Events">
      <h2>Events</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">ms</th>
              <th scope="col">machine</th>
              <th scope="col">clock</th>
              <th scope="col">what happened</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ number, record }) => (
              <tr key={number} class={record.event}>
                <td>{(record.timeUs / 1000).toFixed(timeline.setup.preset === 'class' ? 0 : 1)}</td>
                <td>{record.node}</td>
                <td>{record.lamport}</td>
                <td>{describe(record)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** What a message says, as its receiver will read it. */
export function MessageContents({
  shown,
  arrival,
}: {
  readonly shown: Shown;
  readonly arrival: Arrival | undefined;
}) {
  if (arrival === undefined)
    return <p class="quiet">Choose a message in the picture to see what is in it.</p>;
  const { envelope, node, sentAt, at } = arrival;
  const { world } = shown.timeline;
  const kind = world.program.kindOf?.(envelope.body) ?? 'Message';
  const isUnderWay = world.inFlight.some((other) => other.order === arrival.order && other.sentAt === sentAt);
  const gone = world.now < sentAt ? 'not sent yet' : 'no longer on its way';
  return (
    <section class="panel contents" aria-label="Message">
      <h2>
        {kind}, {envelope.from} to {node}
      </h2>
      <p>
        Sent at {sentAt / 1000} ms, arrives at {at / 1000} ms ({isUnderWay ? 'on its way' : gone}). Lamport
        clock {envelope.lamport}.
      </p>
      {envelope.body !== null && <pre>{JSON.stringify(envelope.body, null, 1)}</pre>}
    </section>
  );
}
