/**
 * The load of the members: what each tells to whoever asks for its metrics, as a mean over those
 * that answer, once a window.
 */
import type { NodeId } from '../../../vm/index.ts';
import type { LoadWindow } from '../../autopilot/index.ts';
import type { ReplicaAddress } from '../../replication.ts';

/** How long a member may take to answer (ms), and the most windows that are kept. */
const ANSWER_MS = 2_000;
const MOST_WINDOWS = 64;
const METRICS = ['clients', 'event_loop_utilization', 'proposals_pending', 'reads_total'] as const;
type Sample = Readonly<Partial<Record<(typeof METRICS)[number], number>>>;

/** The windows of load that one leader has seen. */
export class Loads {
  windows: readonly LoadWindow[] = [];
  readonly #mostPending: number;
  #reads = new Map<NodeId, number>();
  #askedAt = performance.now();

  /** `mostPending`: how many requests a replica takes at once. */
  constructor(mostPending: number) {
    this.#mostPending = mostPending;
  }

  /** Ends a window. Never rejects. */
  async sample(members: readonly ReplicaAddress[]): Promise<void> {
    const samples = await Promise.all(members.map(async ({ id, url }) => ({ id, ...(await ask(url)) })));
    const now = performance.now();
    const seconds = Math.max(1, (now - this.#askedAt) / 1_000);
    this.#askedAt = now;
    const answered = samples.filter(({ clients }) => clients !== undefined);
    if (answered.length === 0) return;
    const mean = (value: (sample: (typeof answered)[number]) => number) =>
      answered.reduce((sum, sample) => sum + value(sample), 0) / answered.length;
    const window: LoadWindow = {
      clients: mean(({ clients = 0 }) => clients),
      // A counter that is lower than before began anew with its process.
      readsPerSecond: mean(
        ({ id, reads_total: reads = 0 }) => Math.max(0, reads - (this.#reads.get(id) ?? reads)) / seconds,
      ),
      eventLoop: mean(({ event_loop_utilization: busy = 0 }) => busy),
      queue: mean(({ proposals_pending: pending = 0 }) => pending / this.#mostPending),
    };
    this.#reads = new Map(answered.map(({ id, reads_total: reads = 0 }) => [id, reads]));
    this.windows = [...this.windows, window].slice(-MOST_WINDOWS);
  }
}

async function ask(url: string): Promise<Sample> {
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return sampleIn(await response.text());
  } catch {
    return {};
  }
}

/** The metrics in a text in the format of Prometheus. */
export function sampleIn(text: string): Sample {
  const lines = text.split('\n').map((line) => line.split(' '));
  return Object.fromEntries(
    METRICS.flatMap((name) => {
      const value = Number(lines.find(([word]) => word === `tickraft_${name}`)?.[1] ?? Number.NaN);
      return Number.isFinite(value) ? [[name, value]] : [];
    }),
  );
}
