/**
 * The story of a broken guarantee: the first seed in which it was, shrunk to a short scenario that
 * fails in just that.
 */
import type { RecordedScenario } from '../../campaign/recorded-scenario.ts';
import { shrinkScenario } from '../../campaign/shrink.ts';
import { writeScenario } from '../../campaign/write-scenario.ts';
import type { ComparisonSettings, ProtocolComparison } from './compare-protocols.ts';
import { CALM_US, drawTrial } from './draw-trial.ts';
import { GUARANTEES, type Guarantee, type GuaranteeName } from './guarantees.ts';
import { runTrial, type TrialRun } from './run-trial.ts';
import type { Subject } from './subject.ts';

/** A story. */
export interface Story {
  readonly protocol: string;
  readonly guarantee: GuaranteeName;
  readonly seed: number;
  /** What is seen in it instead, in one line or a few. */
  readonly message: string;
  /** The scenario, for `tickraft sim`. */
  readonly text: string;
}

/** The most runs of each: more make it little shorter. */
const MOST_RUNS = 300;

/**
 * One for each guarantee that a protocol broke and that a scenario can show. `each` is called with
 * what comes next.
 */
export function tellStories(
  subjects: readonly Subject[],
  comparison: ProtocolComparison,
  settings: ComparisonSettings,
  each: (what: string) => void = () => {},
): Story[] {
  return subjects.flatMap((subject, i) => {
    const runs = new Map<number, TrialRun>();
    return comparison.guarantees.flatMap(({ name, cells }) => {
      const first = cells[i]?.first ?? null;
      const guarantee = GUARANTEES.find((one) => one.name === name)!;
      if (first === null || guarantee.story === undefined) return [];
      each(`${subject.name}, ${name}`);
      const { seed } = first;
      const run = runs.get(seed) ?? runTrial(subject, drawTrial(seed, settings));
      runs.set(seed, run);
      return tell(subject, guarantee, guarantee.story, run, settings.replicas) ?? [];
    });
  });
}

function tell(
  { name, protocol, settings }: Subject,
  guarantee: Guarantee,
  { expects, healed }: NonNullable<Guarantee['story']>,
  { seed, steps, healing }: TrialRun,
  replicas: number,
): Story | undefined {
  const agree = `run until all agree within ${CALM_US / 1e6} s`;
  const isAgreement = expects === 'all agree';
  const last = isAgreement ? agree : `expect ${expects}`;
  // One that stops by itself needs no ending.
  const isByItself = expects === '';
  const scenario: RecordedScenario = {
    ...{ protocol: protocol.name, seed, settings, steps, clocks: undefined },
    rates: Array.from({ length: replicas }, () => 100),
    ending: isByItself ? [] : healed && !isAgreement ? [agree, last] : [last],
    expected: isByItself ? undefined : expects,
    kept: healed ? healing : undefined,
    kind: guarantee.name,
  };
  const shrunk = shrinkScenario(scenario, { [protocol.name]: protocol }, MOST_RUNS);
  if (!shrunk.fails) return undefined;
  const message = shrunk.message.replace(`expected ${expects}, saw `, '');
  const heading = [
    `Seed ${seed} of a comparison, shrunk. It breaks for ${name}: ${guarantee.title}.`,
    ...['What is seen:', ...message.split('\n')].map((line) => line.trimEnd()),
  ];
  return {
    protocol: name,
    guarantee: guarantee.name,
    seed,
    message,
    text: writeScenario(shrunk.scenario, heading),
  };
}
