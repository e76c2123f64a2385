/** The report of a sweep as a page: one file that needs no network. */

import { dotPlot } from '../../compare/dot-plot.ts';
import type { KeyNumber } from '../../compare/key-numbers.ts';
import { escapeHtml, htmlPage } from '../../output/html.ts';
import type { Effect } from './effects.ts';
import { FACTORS } from './grid.ts';
import type { SweepSetting } from './results.ts';
import type { SweepReport } from './sweep.ts';
import { SWEEP_STYLE } from './sweep-style.ts';
import {
  answerOf,
  type Change,
  changesOf,
  describe,
  explanations,
  intervalOf,
  numberOf,
  shown,
  TOPICS,
  titled,
} from './sweep-words.ts';

/** The whole page. */
export function sweepPage(report: SweepReport): string {
  const main = `<header><h1>The clock exercise</h1><p class="what">${escapeHtml(describe(report))}</p>
${explanations(report)
  .map((text) => `<p>${escapeHtml(text)}</p>`)
  .join('\n')}</header>
${changesOf(report)
  .map((change) => changeSection(change, report))
  .join('\n')}
<h2>The numbers</h2>${legend(report)}
${TOPICS.map(({ title, numbers }) => topicSection(title, numbers, report)).join('\n')}
${runsSection(report)}`;
  return htmlPage({ title: 'The clock exercise: a sweep', style: SWEEP_STYLE, main });
}

function changeSection(change: Change, { confidence }: SweepReport): string {
  const answers = answerOf(change).map((sentence) => {
    const [lead, rest] = [sentence.slice(0, sentence.indexOf(':')), sentence.slice(sentence.indexOf(':'))];
    return `<p><strong>${lead}</strong>${escapeHtml(rest)}</p>`;
  });
  const rows = change.effects.map(effectRow);
  return `<section><h2>${escapeHtml(change.title)}</h2>${answers.join('')}
<div class="wide" role="group" aria-label="${escapeHtml(change.title)}"><table><thead><tr>${['number', 'before', 'after', 'difference', `${100 * confidence}% interval`, 'clear?'].map(head).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div></section>`;
}

function effectRow(effect: Effect): string {
  const { number, before, after, clear } = effect;
  const of = numberOf(number);
  const cells = [before, after, effect.difference.mean].map((value) => shown(value, of));
  return `<tr${clear ? ' class="clear"' : ''}><td>${escapeHtml(titled(of))}</td>${[...cells, escapeHtml(intervalOf(effect)), clear ? 'clear' : ''].map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function head(text: string): string {
  return `<th scope="col">${text}</th>`;
}

/** The legend of a plot. */
function legend({ repetitions, confidence }: SweepReport): string {
  const sign = (drawing: string, words: string) =>
    `<li><svg width="26" height="16" viewBox="0 0 26 16" aria-hidden="true">${drawing}</svg>${words}</li>`;
  const mean = sign('<line class="mean" x1="13" x2="13" y1="1" y2="15"/>', 'mean');
  const run = sign('<circle class="run" cx="13" cy="8" r="3"/>', 'a run');
  const interval = sign(
    '<line class="interval" x1="1" x2="25" y1="8" y2="8"/>',
    `its ${100 * confidence}% interval`,
  );
  return `<ul class="legend">${run}${mean}${repetitions === 1 ? '' : interval}</ul>`;
}

function topicSection(title: string, numbers: readonly KeyNumber[], report: SweepReport): string {
  const rows = report.settings.map((setting) => ({ label: labelOf(setting, report), setting }));
  const plots = numbers.map((number) => {
    const lines = rows.map(({ label, setting }) => ({
      label,
      estimate: setting.estimates[number.name] ?? null,
    }));
    return `<figure><figcaption>${escapeHtml(titled(number))}</figcaption>${dotPlot(titled(number), lines, (value) => shown(value, number))}</figure>`;
  });
  return `<section><h3>${escapeHtml(title)}</h3><div class="plots">${plots.join('\n')}</div></section>`;
}

/** What is varied of a setting: `1-6, 7/10`. */
function labelOf({ levels }: SweepSetting, { factors }: SweepReport): string {
  const varied = FACTORS.filter((factor) => factors[factor].length > 1);
  return (varied.length === 0 ? FACTORS : varied).map((factor) => `${factor} ${levels[factor]}`).join(', ');
}

/** Every run, with what is needed to repeat it alone. */
function runsSection({ settings }: SweepReport): string {
  const rows = settings.flatMap(({ runs }) =>
    runs.map(
      ({ path, seed, rates, events, violated }) =>
        `<tr><td>${escapeHtml(path)}</td><td>${seed}</td><td>${rates.join(', ')}</td><td>${events}</td><td>${violated ? 'violated' : 'nothing violated'}</td></tr>`,
    ),
  );
  return `<section><h2>The runs</h2><details><summary>${rows.length} runs</summary><div class="wide" role="group" aria-label="The runs"><table><thead><tr>${['folder', 'seed', 'ticks/s', 'events', 'checks'].map(head).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div></details></section>`;
}
