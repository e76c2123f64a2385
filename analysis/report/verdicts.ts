/** Verdicts and tables of a run, in HTML. */
import type { CheckReport, RunReport } from '../analyze.ts';
import { escapeHtml } from '../output/html.ts';
import type { Section, SectionColumn } from './sections.ts';
import { notApplicable, rowText } from './text.ts';

/** How many checks came out how: `12 hold, 1 is violated`. */
export function verdictCounts({ checks }: RunReport): string {
  const count = (outcome: CheckReport['outcome']) =>
    checks.filter((check) => check.outcome === outcome).length;
  const [holds, violated, open] = [count('holds'), count('violated'), count('cannot tell')];
  return [
    ...(violated > 0 ? [`${violated} violated`] : []),
    ...(holds > 0 ? [`${holds} ${holds === 1 ? 'holds' : 'hold'}`] : []),
    ...(open > 0 ? [`${open} cannot be told`] : []),
  ].join(', ');
}

/** Outcomes of checks that apply. */
type CheckOutcome = Exclude<CheckReport['outcome'], 'not-applicable'>;

/** The worst of all outcomes of a run. */
export function worst({ checks }: RunReport): CheckOutcome {
  const outcomes = checks.map(({ outcome }) => outcome);
  return (['violated', 'holds'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'cannot tell';
}

/** Signs beside the words, for readers who cannot tell the colours apart. */
const SIGNS = { holds: '✓', violated: '✗', 'cannot tell': '?' } as const;

/** An outcome as a badge. */
export function badge(outcome: CheckOutcome, words: string = outcome): string {
  return `<span class="badge ${outcome.replace(' ', '-')}"><b aria-hidden="true">${SIGNS[outcome]}</b> ${escapeHtml(words)}</span>`;
}

/** What is violated first, then what holds, then what cannot be told. */
export function verdicts(report: RunReport): string {
  const items = (['violated', 'holds', 'cannot tell'] as const).flatMap((outcome) =>
    report.checks
      .filter((check) => check.outcome === outcome)
      .map((check) => `<li>${verdict(check, outcome, report)}</li>`),
  );
  return `<ul class="verdicts">${items.join('')}</ul>${holes(report)}`;
}

/** What does not apply to the run, in one paragraph. */
export function others(report: RunReport): string {
  return notApplicable(report)
    .map((text) => `<p class="notes">${escapeHtml(text)}</p>`)
    .join('');
}

function verdict(check: CheckReport, outcome: CheckOutcome, report: RunReport): string {
  const notes = check.notes.length === 0 ? '' : `<p class="notes">${escapeHtml(check.notes.join('; '))}</p>`;
  return `${badge(outcome)}<div><p>${escapeHtml(check.claim)}</p>${notes}${evidence(check, report)}</div>`;
}

function evidence(check: CheckReport, report: RunReport): string {
  if (check.outcome !== 'violated') return '';
  const cases = check.evidence.map((rows) => {
    const lines = rows.slice(0, MOST_ROWS).map((row) => `${row.file}:${row.line}  ${rowText(row, report)}`);
    if (rows.length > MOST_ROWS) lines.push(`and ${rows.length - MOST_ROWS} more rows`);
    return `<li><pre>${lines.map((line) => escapeHtml(line.slice(0, MOST_LINE))).join('\n')}</pre></li>`;
  });
  const hidden = check.count - check.evidence.length;
  const more = hidden > 0 ? `<p class="notes">and ${hidden} more cases</p>` : '';
  return `<ul class="cases">${cases.join('')}</ul>${more}`;
}

/**
 * Rows of a case that are shown, and characters of each: ten operations that show a violation, with
 * two rows of the logs each.
 */
const MOST_ROWS = 40;
const MOST_LINE = 500;
/** Characters of any other text. */
const MOST_TEXT = 2_000;
/** Holes that are listed; the JSON report has all. */
const MOST_HOLES = 20;

function holes(report: RunReport): string {
  if (report.holes.length === 0) return '';
  const items = report.holes
    .slice(0, MOST_HOLES)
    .map(
      ({ where, line, what }) =>
        `<li>${escapeHtml(`${where}${line === undefined ? '' : `:${line}`}  ${what}`.slice(0, MOST_TEXT))}</li>`,
    );
  const hidden = report.holes.length - items.length;
  const more = hidden > 0 ? `<li>and ${hidden} more</li>` : '';
  return `<h4>What the logs do not tell</h4><ul class="holes">${items.join('')}${more}</ul>`;
}

/** The tables of the text report. */
export function tables(all: readonly Section[]): string {
  return all.map(table).join('\n');
}

function table({ title, columns, cells, hidden }: Section): string {
  const heads = columns.map(
    (column) =>
      `<th scope="col"${side(column)}>${escapeHtml(column.heading)}${column.unit === undefined ? '' : ` <small>${escapeHtml(column.unit)}</small>`}</th>`,
  );
  const rows = cells.map(
    (row) =>
      `<tr>${row.map((cell, i) => `<td${side(columns[i]!)}>${escapeHtml(cell.slice(0, MOST_TEXT))}</td>`).join('')}</tr>`,
  );
  const more = hidden > 0 ? `<p class="notes">and ${hidden} more; --csv writes all</p>` : '';
  return `<section class="table"><h4>${escapeHtml(title)}</h4><div class="wide" role="group" aria-label="${escapeHtml(title)}"><table><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>${more}</section>`;
}

function side({ align }: SectionColumn): string {
  return align === 'left' ? ' class="left"' : '';
}
