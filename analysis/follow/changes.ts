/** What is new in a run since it was last looked at, a line each. */
import type { CheckReport, RunReport } from '../analyze.ts';
import { plural } from '../output/plural.ts';

/** The lines; everything if there was nothing `before`. */
export function changesSince(before: RunReport | undefined, now: RunReport): string[] {
  return [...verdicts(before, now), ...leaders(before, now), ...starts(before, now), ...holes(before, now)];
}

function verdicts(before: RunReport | undefined, now: RunReport): string[] {
  return now.checks.flatMap((check) => {
    const old = before?.checks.find(({ name }) => name === check.name);
    const was = old === undefined || old.outcome === 'not-applicable' ? undefined : said(old);
    const is = said(check);
    if (is === was || (was === undefined && SILENT.includes(check.outcome))) return [];
    return [was === undefined ? `${check.name}: ${is}` : `${check.name}: ${is} (was: ${was})`];
  });
}

/** Outcomes that are not reported at the beginning. */
const SILENT: readonly string[] = ['cannot tell', 'not-applicable'];

function said(check: CheckReport): string {
  return check.outcome === 'violated' ? `violated, ${plural(check.count, 'case')}` : check.outcome;
}

function leaders(before: RunReport | undefined, now: RunReport): string[] {
  const known = new Set(before?.measures.leaders.map(({ node, term }) => `${node} ${term}`));
  return now.measures.leaders
    .filter(({ node, term }) => !known.has(`${node} ${term}`))
    .map(({ node, term }) => `${node} leads term ${term}`);
}

function starts(before: RunReport | undefined, now: RunReport): string[] {
  if (before === undefined) return [];
  const known = new Map(before.measures.machines.map(({ node, starts }) => [node, starts]));
  return now.measures.machines.flatMap(({ node, starts }) => {
    const old = known.get(node);
    if (old === undefined) return [`${node} appears for the first time`];
    return starts > old ? [`${node} started again`] : [];
  });
}

function holes(before: RunReport | undefined, now: RunReport): string[] {
  const text = ({ where, line, what }: RunReport['holes'][number]) =>
    `${where}${line === undefined ? '' : `:${line}`} ${what}`;
  const known = new Set(before?.holes.map(text));
  return now.holes.map(text).filter((hole) => !known.has(hole));
}
