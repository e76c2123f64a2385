/**
 * Puts runs side by side: a column for each argument of the command, which is a run or a folder of
 * runs. Says which differences matter: verdicts that differ, and numbers that are further from the
 * first column than runs of the same settings are from each other. docs/reference/compare.md is for
 * users.
 */
import type { Manifest } from '../../logs/format/index.ts';
import { type CheckReport, isViolated, type RunReport } from '../analyze.ts';
import { KEY_NUMBERS, type KeyNumber } from './key-numbers.ts';
import { average, squares, tQuantile } from './statistics.ts';

/** What is compared. */
export interface Column {
  readonly path: string;
  readonly runs: readonly RunReport[];
}

type CheckOutcome = CheckReport['outcome'];

/** A check, column by column. */
export interface VerdictRow {
  readonly name: string;
  readonly claim: string;
  /** How many runs of each column have which outcome. */
  readonly outcomes: readonly Readonly<Record<CheckOutcome, number>>[];
  /** Whether the runs do not all say the same. */
  readonly differs: boolean;
}

/** A number of a column: the mean over its runs. */
export interface NumberCell {
  readonly mean: number;
  readonly least: number;
  readonly greatest: number;
  /**
   * Whether its difference from the first column matters; null if no spread is known to compare it
   * with.
   */
  readonly matters: boolean | null;
}

/** A number, column by column; null where the logs of a run do not tell it. */
export interface NumberRow {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /**
   * Standard deviation of runs of the same settings, pooled; null if there are no two such runs.
   */
  readonly deviation: number | null;
  readonly cells: readonly (NumberCell | null)[];
}

/** The settings that are not the same in all runs. */
export interface SettingRow {
  readonly name: string;
  /** A text for each column; null if its runs differ, or do not have the setting. */
  readonly values: readonly (string | null)[];
}

/** Runs side by side. */
export interface Comparison {
  readonly columns: readonly { readonly path: string; readonly runs: number; readonly violated: number }[];
  readonly settings: readonly SettingRow[];
  readonly verdicts: readonly VerdictRow[];
  readonly numbers: readonly NumberRow[];
}

/** The confidence level of a difference. Two dozen numbers are compared at once, so it is high. */
const CONFIDENCE = 0.99;

/** Compares two columns or more. */
export function compare(columns: readonly Column[]): Comparison {
  return {
    columns: columns.map(({ path, runs }) => ({
      path,
      runs: runs.length,
      violated: runs.filter((run) => isViolated([run])).length,
    })),
    settings: settingRows(columns),
    verdicts: verdictRows(columns),
    numbers: numberRows(columns),
  };
}

function verdictRows(columns: readonly Column[]): VerdictRow[] {
  return columns[0]!.runs[0]!.checks.map(({ name, claim }) => {
    const outcomes = columns.map(({ runs }) => {
      const counts = { holds: 0, violated: 0, 'cannot tell': 0, 'not-applicable': 0 };
      for (const { checks } of runs) counts[checks.find((check) => check.name === name)!.outcome]++;
      return counts;
    });
    const said = (['holds', 'violated', 'cannot tell', 'not-applicable'] as const).filter((outcome) =>
      outcomes.some((counts) => counts[outcome] > 0),
    );
    return { name, claim, outcomes, differs: said.length > 1 };
  });
}

function numberRows(columns: readonly Column[]): NumberRow[] {
  const sets = setsOf(columns);
  return KEY_NUMBERS.flatMap((number) => {
    const values = columns.map(({ runs }) => known(number, runs));
    if (values.every((some) => some === null)) return [];
    const spread = spreadOf(sets.map((runs) => known(number, runs)));
    const [first] = values;
    const cells = values.map((some, i): NumberCell | null => {
      if (some === null) return null;
      // Columns that are single runs of the same settings are each other's spread.
      const isSame = sets.some(
        (runs) => runs.includes(columns[0]!.runs[0]!) && runs.includes(columns[i]!.runs[0]!),
      );
      const matters = first == null ? null : isSame ? false : isBeyond(first, some, spread);
      return { mean: average(some), least: Math.min(...some), greatest: Math.max(...some), matters };
    });
    const { name, title, unit } = number;
    return [{ name, title, unit, deviation: spread?.deviation ?? null, cells }];
  });
}

/** The number of each run; null if one lacks it. */
function known({ value }: KeyNumber, runs: readonly RunReport[]): number[] | null {
  const values = runs.flatMap((run) => value(run) ?? []);
  return values.length < runs.length ? null : values;
}

/**
 * Runs that are repetitions of each other: those of a column, and of columns of a single run those
 * with the same settings.
 */
function setsOf(columns: readonly Column[]): RunReport[][] {
  const sets = new Map<string, RunReport[]>();
  for (const [i, { runs }] of columns.entries())
    for (const run of runs) {
      const key = JSON.stringify([runs.length > 1 ? i : null, settingsOf(run.manifest)]);
      sets.set(key, [...(sets.get(key) ?? []), run]);
    }
  return [...sets.values()];
}

interface Spread {
  readonly deviation: number;
  readonly degrees: number;
}

function spreadOf(sets: readonly (readonly number[] | null)[]): Spread | null {
  const several = sets.filter((values) => values !== null && values.length > 1) as number[][];
  const degrees = several.reduce((sum, values) => sum + values.length - 1, 0);
  if (degrees === 0) return null;
  const sum = several.reduce((all, values) => all + squares(values), 0);
  return { deviation: Math.sqrt(sum / degrees), degrees };
}

/** Student's test of two means with the pooled deviation. */
function isBeyond(a: readonly number[], b: readonly number[], spread: Spread | null): boolean | null {
  if (spread === null) return null;
  const distance = Math.abs(average(a) - average(b));
  const error = spread.deviation * Math.sqrt(1 / a.length + 1 / b.length);
  // Means of equal numbers may differ by a rounding.
  return distance > tQuantile(CONFIDENCE, spread.degrees) * error + 1e-9 * Math.abs(average(a));
}

/** The settings of a run without its seed, by which repetitions differ. */
function settingsOf({
  program,
  protocol,
  machines,
  stamp,
  vector,
  settings,
}: Manifest): Record<string, string> {
  const told = {
    program,
    ...(protocol !== undefined && { protocol }),
    machines: machines.length,
    stamp,
    vector,
    ...settings,
  };
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, String(value)]));
}

function settingRows(columns: readonly Column[]): SettingRow[] {
  const told = columns.map(({ runs }) =>
    runs.map(
      ({ manifest }) =>
        ({ ...settingsOf(manifest), version: manifest.versions.tickraft ?? '' }) as Record<string, string>,
    ),
  );
  const names = [...new Set(told.flat().flatMap((settings) => Object.keys(settings)))];
  return names.flatMap((name) => {
    if (new Set(told.flat().map((settings) => settings[name])).size === 1) return [];
    const values = told.map((runs) => {
      const [one, ...others] = new Set(runs.map((settings) => settings[name]));
      return others.length > 0 ? null : (one ?? null);
    });
    return [{ name, values }];
  });
}
