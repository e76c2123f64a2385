/** Protocols side by side as a page: one file that needs no network, in the style of the report. */
import { escapeHtml, htmlPage } from '../../output/html.ts';
import { namesWidth } from '../../report/names.ts';
import { PAGE_STYLE } from '../../report/page-style.ts';
import { dotPlot } from '../dot-plot.ts';
import type { CostRow, GuaranteeCell, GuaranteeRow, ProtocolComparison } from './compare-protocols.ts';
import { costText, describe } from './comparison-text.ts';
import type { Story } from './stories.ts';
import type { TrialPictures } from './trial-pictures.ts';

/** What the style of the report lacks: cells of the table, requests of clients, plots of costs. */
const STYLE = `${PAGE_STYLE}
h2 { margin: 1.8rem 0 .4rem; } td.cell { white-space: nowrap; } td.cell small { display: block; font-variant-numeric: tabular-nums; }
th.row { color: var(--ink); font-weight: 400; text-align: left; white-space: normal; min-width: 13rem; max-width: 22rem; }
.cell b { font-weight: 600; } .cell .good { color: var(--good); } .cell .bad { color: var(--danger); } .cell .open { color: var(--doubt); }
.band.change { fill: var(--append); } .band.read { fill: var(--other); fill-opacity: .75; } .band.late { fill: var(--candidate); } .band.unanswered { fill: var(--danger); }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: .8rem; }
.plots svg { display: block; width: 100%; height: auto; } .plots text { font-size: 12px; fill: var(--ink); } .plots .value { text-anchor: end; }
.plots .axis { fill: var(--dim); font-size: 11px; } .plots .tick { stroke: var(--grid); } .plots .interval { stroke: var(--m5); stroke-width: 6; stroke-opacity: .6; } .plots .mean { stroke: var(--append); stroke-width: 3; }
.story pre { padding: .6rem .8rem; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; } details.story { margin: .4rem 0; } details.story > summary { color: var(--ink); font-size: 1rem; width: auto; }
.trial { margin-top: .7rem; } .notes.bad { color: var(--danger); } .key { display: inline-block; width: 1.4rem; height: .7rem; vertical-align: baseline; }
.key rect { height: 11px; }
`;

/** The whole page. */
export function comparisonPage(
  comparison: ProtocolComparison,
  stories: readonly Story[],
  pictures: TrialPictures,
): string {
  const title = 'Protocols compared';
  const main = `<h1>${title}</h1>
<p>${escapeHtml(describe(comparison))}. All protocols get the same requests and the same faults at the same times.</p>
<h2>What each guarantees</h2>
${guarantees(comparison)}
<h2>What each costs</h2>
<p class="notes">The mean over the seeds and, as a bar, its ${CONFIDENCE_TEXT}.</p>
<div class="plots">${comparison.costs.map((row) => costPlot(row, comparison.protocols)).join('\n')}</div>
${storiesSection(stories)}
${trial(pictures)}`;
  return htmlPage({ title: `Tickraft: ${title.toLowerCase()}`, style: STYLE, main });
}

const CONFIDENCE_TEXT = "95% interval by Student's t";

function guarantees({ guarantees, protocols, seeds }: ProtocolComparison): string {
  const head = protocols.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const rows = guarantees.map((row) => guaranteeRow(row));
  return `<p class="notes">In how many of ${seeds} seeds it was broken; below, in which part of all seeds it would be, as a 95% interval (Wilson's score interval). <b>Claimed</b>: the protocol says that it keeps this.</p>
<div class="wide" role="group" aria-label="What each guarantees"><table><thead><tr><th scope="col" class="left">guarantee</th>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

function guaranteeRow({ title, cells }: GuaranteeRow): string {
  return `<tr><th scope="row" class="row">${escapeHtml(title)}</th>${cells.map(guaranteeCell).join('')}</tr>`;
}

function guaranteeCell(cell: GuaranteeCell | null): string {
  if (cell === null) return '<td class="cell"><small>not applicable</small></td>';
  const { claimed, broken, undecided, part, first } = cell;
  const word = broken > 0 ? `broken in ${broken}` : part === null ? 'undecided' : 'holds';
  const kind = broken > 0 ? 'bad' : part === null ? 'open' : 'good';
  const title =
    first === null ? '' : ` title="${escapeHtml(`seed ${first.seed}: ${first.message.split('\n', 1)[0]}`)}"`;
  const interval =
    part === null
      ? ''
      : `<small>${(100 * (1 - part.high)).toFixed(1)} to ${(100 * (1 - part.low)).toFixed(1)}%</small>`;
  const notes = [claimed ? 'claimed' : '', undecided > 0 ? `${undecided} undecided` : ''].filter(Boolean);
  return `<td class="cell"${title}><b class="${kind}">${word}</b>${interval}<small>${notes.join(', ') || '&nbsp;'}</small></td>`;
}

function costPlot({ title, unit, digits, cells }: CostRow, protocols: readonly string[]): string {
  const name = unit === '' ? title : `${title} (${unit})`;
  const lines = protocols.map((label, i) => {
    const cell = cells[i] ?? null;
    return { label, estimate: cell === null ? null : { ...cell, values: [] } };
  });
  const write = (value: number) => value.toFixed(digits);
  const table = protocols
    .map((label, i) => `${label}: ${cells[i] == null ? 'not known' : costText(cells[i]!, digits)}`)
    .join('; ');
  return `<figure><figcaption><h4 title="${escapeHtml(table)}">${escapeHtml(name)}</h4></figcaption>${dotPlot(name, lines, write)}</figure>`;
}

function storiesSection(stories: readonly Story[]): string {
  if (stories.length === 0) return '';
  const items = stories.map(({ protocol, guarantee, seed, text }) => {
    const lines = text
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('#')).length;
    return `<details class="story"><summary>${escapeHtml(protocol)}: ${escapeHtml(guarantee)} (seed ${seed}, ${lines} lines)</summary><pre>${escapeHtml(text)}</pre></details>`;
  });
  return `<h2>How they break</h2>
<p class="notes">The first seed that broke each guarantee, shrunk. Save one as a file, and <code>npx tickraft sim FILE</code> shows it step by step.</p>
${items.join('\n')}`;
}

function trial({ seed, faults, protocols }: TrialPictures): string {
  const figures = protocols.map(({ name, picture, legend, broken }) => {
    const said = broken.length === 0 ? '' : `<p class="notes bad">${broken.map(escapeHtml).join('<br>')}</p>`;
    return `<figure class="trial"><figcaption><h4>${escapeHtml(name)}</h4>${legend}</figcaption>${picture}${said}</figure>`;
  });
  const keys = [
    ['change', 'a change'],
    ['read', 'a read'],
    ['late', 'answered after more than a second'],
    ['unanswered', 'not answered'],
  ].map(
    ([kind, words]) =>
      `<li><svg class="key" viewBox="0 0 22 11" aria-hidden="true"><rect class="band ${kind}" width="22" height="11"/></svg>${words}</li>`,
  );
  return `<section style="--names: ${namesWidth(['client p'])}px"><h2>Seed ${seed}, protocol by protocol</h2>
<p class="notes">Above, who led when (a replica that hangs counts as off); below, what each client waited for, from when it was wanted to its answer.</p>
<ul class="legend">${keys.join('')}</ul>
${faults}
${figures.join('\n')}</section>`;
}
