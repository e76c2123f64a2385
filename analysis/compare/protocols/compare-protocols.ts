/**
 * Protocols side by side, under the same trials: in how many seeds each guarantee held, and what
 * each costs, with intervals of confidence. docs/reference/compare.md is for users.
 */
import { type Estimate, estimate, type Proportion, proportion } from '../statistics.ts';
import { COSTS, type Cost } from './costs.ts';
import { drawTrial, type FaultSort, type TrialSettings } from './draw-trial.ts';
import { GUARANTEES, type Guarantee } from './guarantees.ts';
import { runTrial, type TrialResult } from './run-trial.ts';
import type { Subject } from './subject.ts';

/** What is compared over which seeds. */
export interface ComparisonSettings extends TrialSettings {
  readonly firstSeed: number;
  readonly seeds: number;
}

/** A guarantee of one protocol. */
export interface GuaranteeCell {
  /** Whether it claims it. */
  readonly claimed: boolean;
  readonly held: number;
  readonly broken: number;
  /** Seeds in which it could not be decided. */
  readonly undecided: number;
  /** In which part of all seeds it would hold; null if none was decided. */
  readonly part: Proportion | null;
  /** The first seed in which it was broken, and how. */
  readonly first: { readonly seed: number; readonly message: string } | null;
}

/** A guarantee, protocol by protocol; null where there is nothing that it is about. */
export interface GuaranteeRow extends Pick<Guarantee, 'name' | 'title'> {
  readonly cells: readonly (GuaranteeCell | null)[];
}

/** A cost of one protocol: its mean over the seeds that tell it. */
export interface CostCell extends Omit<Estimate, 'values'> {
  readonly seeds: number;
}

/** A cost, protocol by protocol; null where no seed told. */
export interface CostRow extends Pick<Cost, 'name' | 'title' | 'unit' | 'digits'> {
  readonly cells: readonly (CostCell | null)[];
}

/** Protocols side by side. */
export interface ProtocolComparison {
  readonly protocols: readonly string[];
  readonly firstSeed: number;
  readonly seeds: number;
  readonly replicas: number;
  readonly faults: readonly FaultSort[];
  readonly guarantees: readonly GuaranteeRow[];
  readonly costs: readonly CostRow[];
  /** Whether a protocol broke what it claims. */
  readonly violated: boolean;
}

/** Runs every seed with every protocol; `each` is called after each of them. */
export function compareProtocols(
  subjects: readonly Subject[],
  settings: ComparisonSettings,
  each: () => void = () => {},
): ProtocolComparison {
  const { firstSeed, seeds, replicas, faults } = settings;
  const results: TrialResult[][] = subjects.map(() => []);
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const trial = drawTrial(seed, settings);
    subjects.forEach((subject, i) => {
      const { findings, costs } = runTrial(subject, trial);
      results[i]!.push({ seed, findings, costs });
      each();
    });
  }
  const guarantees = GUARANTEES.map((guarantee) => ({
    name: guarantee.name,
    title: guarantee.title,
    cells: subjects.map(({ claims }, i) =>
      guaranteeCell(guarantee, guarantee.isClaimed(claims), results[i]!),
    ),
  }));
  return {
    protocols: subjects.map(({ name }) => name),
    ...{ firstSeed, seeds, replicas, faults, guarantees },
    costs: COSTS.map(({ name, title, unit, digits }) => ({
      ...{ name, title, unit, digits },
      cells: results.map((own) => costCell(own.flatMap(({ costs }) => costs[name] ?? []))),
    })),
    violated: guarantees.some(({ cells }) => cells.some((cell) => cell?.claimed && cell.broken > 0)),
  };
}

function guaranteeCell(
  { name }: Guarantee,
  claimed: boolean,
  results: readonly TrialResult[],
): GuaranteeCell | null {
  const findings = results.map(({ seed, findings }) => ({ seed, finding: findings[name] }));
  const count = (outcome: string) => findings.filter(({ finding }) => finding.outcome === outcome).length;
  if (count('not-applicable') === findings.length) return null;
  const [held, broken] = [count('holds'), count('broken')];
  const first = findings.flatMap(({ seed, finding }) =>
    finding.outcome === 'broken' ? [{ seed, message: finding.message }] : [],
  )[0];
  const decided = held + broken;
  const part = decided === 0 ? null : proportion(held, decided);
  return { claimed, held, broken, undecided: count('undecided'), part, first: first ?? null };
}

function costCell(values: readonly number[]): CostCell | null {
  const of = estimate(values);
  if (of === null) return null;
  const { values: _, ...rest } = of;
  return { ...rest, seeds: values.length };
}
