/** The metrics of a replica in the format of Prometheus. Each replica has a registry of its own. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DURATIONS, type DurationName, READINGS, type Reading } from './metrics.ts';
import type { Vitals } from './vitals.ts';

/** Before every name. */
const PREFIX = 'tickraft_';

/** Shows the metrics of one replica. */
export class Exporter {
  readonly #metrics = new Registry();
  readonly #durations = new Map<DurationName, Histogram>();
  readonly #vitals: () => Vitals;
  /** As of the last look. */
  #seen: Vitals | undefined;

  constructor(vitals: () => Vitals) {
    this.#vitals = vitals;
    for (const reading of READINGS) this.#register(reading);
    for (const { name, help, label, buckets } of DURATIONS) {
      const labelNames = label === undefined ? [] : [label];
      const histogram = new Histogram({
        ...{ name: PREFIX + name, help, labelNames, buckets: [...buckets] },
        registers: [this.#metrics],
      });
      this.#durations.set(name, histogram);
    }
  }

  /** The type of the text, for `Content-Type`. */
  get contentType(): string {
    return this.#metrics.contentType;
  }

  /** Notes a duration; `peer` for those with that label. */
  note(name: DurationName, seconds: number, peer?: string): void {
    const histogram = this.#durations.get(name)!;
    if (peer === undefined) histogram.observe(seconds);
    else histogram.observe({ peer }, seconds);
  }

  /** All metrics as they are now. */
  async text(): Promise<string> {
    this.#seen = this.#vitals();
    return await this.#metrics.metrics();
  }

  #register({ name, type, help, label, read }: Reading): void {
    const seen = () => this.#seen!;
    const options = {
      name: PREFIX + name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.#metrics],
    };
    const set = (metric: Pick<Gauge, 'reset' | 'remove'>, put: (labels: object, value: number) => void) => {
      // A label whose member is gone must not stay, nor the 0 of a metric without a label.
      metric.reset();
      if (label === undefined) metric.remove();
      const value = read(seen());
      if (typeof value === 'number') put({}, value);
      else for (const [of, one] of value ?? []) put({ [label!]: of }, one);
    };
    if (type === 'counter')
      new Counter({
        ...options,
        collect() {
          set(this, (labels, value) => this.inc(labels, value));
        },
      });
    else
      new Gauge({
        ...options,
        collect() {
          set(this, (labels, value) => this.set(labels, value));
        },
      });
  }
}
