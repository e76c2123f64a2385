/** The report of a sweep as a page: one file that needs no network. */
import { escapeHtml } from '../histories/escape.ts';
import type { KeyNumber } from '../key-numbers.ts';
import { dotPlot } from './dot-plot.ts';
import type { Effect } from './effects.ts';
import { FACTORS } from './grid.ts';
import type { SweepReport } from './sweep.ts';
import { SWEEP_STYLE } from './sweep-style.ts';
import {
  answerOf,
  type Change,
  changesOf,
  describe,
  explanations,
  numberOf,
  shown,
  TOPICS,
  titled,
} from './sweep-words.ts';
import type { SweptSetting } from './swept.ts';

/** The whole page. */
export function sweepPage(report: SweepReport): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The clock exercise: a sweep</title>
<style>${SWEEP_STYLE}</style>
</head>
<body>
<main>
<header><h1>The clock exercise</h1><p class="what">${escapeHtml(describe(report))}</p>
${explanations(report)
  .map((text) => `<p>${escapeHtml(text)}</p>`)
  .join('\n')}</header>
${changesOf(report)
  .map((change) => changeSection(change, report))
  .join('\n')}
${TOPICS.map(({ title, numbers }) => topicSection(title, numbers, report)).join('\n')}
${runsSection(report)}
</main>
</body>
</html>
`;
}

function changeSection(change: Change, { confidence }: SweepReport): string {
  const answers = answerOf(change).map((sentence) => {
    const [lead, rest] = [sentence.slice(0, sentence.indexOf(':')), sentence.slice(sentence.indexOf(':'))];
    return `<p><strong>${lead}</strong>${escapeHtml(rest)}</p>`;
  });
  const rows = change.effects.map(effectRow);
  return `<section><h2>${escapeHtml(change.title)}</h2>${answers.join('')}
<div class="wide"><table><thead><tr><th>number</th><th>before</th><th>after</th><th>difference</th><th>${100 * confidence}% interval</th><th></th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div></section>`;
}

function effectRow({ number, before, after, difference, clear }: Effect): string {
  const of = numberOf(number);
  const { mean, margin } = difference;
  const interval = margin === null ? '' : `${shown(mean - margin, of)} to ${shown(mean + margin, of)}`;
  const cells = [before, after, mean].map((value) => shown(value, of));
  return `<tr${clear ? ' class="clear"' : ''}><td>${escapeHtml(titled(of))}</td>${[...cells, interval, clear ? 'clear' : ''].map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function topicSection(title: string, numbers: readonly KeyNumber[], report: SweepReport): string {
  const rows = report.settings.map((setting) => ({ label: labelOf(setting, report), setting }));
  const plots = numbers.map((number) => {
    const lines = rows.map(({ label, setting }) => ({
      label,
      estimate: setting.estimates[number.name] ?? null,
    }));
    return `<figure><figcaption>${escapeHtml(titled(number))}</figcaption>${dotPlot(lines, (value) => shown(value, number))}</figure>`;
  });
  return `<section><h2>${escapeHtml(title)}</h2><div class="plots">${plots.join('\n')}</div></section>`;
}

/** What is varied of a setting: `1-6, 7/10`. */
function labelOf({ levels }: SweptSetting, { factors }: SweepReport): string {
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
  return `<section><h2>The runs</h2><details><summary>${rows.length} runs</summary><div class="wide"><table><thead><tr><th>folder</th><th>seed</th><th>ticks/s</th><th>events</th><th>checks</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div></details></section>`;
}
