/**
 * The page that `tickraft check --html` writes: verdict, picture and reasons, in one file that
 * needs no network.
 */

import { keyValueModel } from '../linearizability/models.ts';
import { escapeHtml, htmlPage } from '../output/html.ts';
import { plural } from '../output/plural.ts';
import { type Bar, chart } from './chart.ts';
import type { BreachReport, HistoryReport, OperationReport } from './check-history.ts';
import type { HistoryOperation } from './events.ts';
import { PAGE_STYLE } from './page-style.ts';
import { beginning, brief, lines, note, orderText, remarks, restsOn, whyUndecided } from './words.ts';

/** Operations in the picture, at most: more could not be read. The core is among them. */
const MOST_BARS = 120;
/** Operations of the key that are drawn before and after the core. */
const AROUND = 10;

const LEGEND =
  '<p class="legend"><span class="core">the core</span><span class="refused">must come next, and cannot</span>' +
  '<span class="ordered">has a place in the order, which the line follows</span><span class="open">never returned</span></p>';

/** The whole page. */
export function historyPage(report: HistoryReport, operations: readonly HistoryOperation[]): string {
  const main = `${head(report)}
${report.breach === null ? `${sound(report)}${remarkList(report)}${picture(report, operations)}` : `${whyNot(report, report.breach, operations)}${remarkList(report)}`}`;
  return htmlPage({ title: `${report.verdict}: ${report.file}`, style: PAGE_STYLE, main });
}

function head(report: HistoryReport): string {
  const { verdict, file, operations, clients, keys, model, format, seconds } = report;
  const facts: readonly (readonly [string, string])[] = [
    ['file', file],
    ['format', format],
    ['model', `${model}, ${beginning(report)}`],
    ['operations', String(operations)],
    ['clients', String(clients)],
    ...(model === 'kv' ? ([['keys', String(keys)]] as const) : []),
    ['decided in', seconds < 0.001 ? 'less than 1 ms' : `${seconds.toFixed(3)} s`],
  ];
  const list = facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`);
  const kind = verdict.replace(' ', '-');
  return `<header><h1>Linearizability: <span class="verdict ${kind}">${verdict}</span></h1><dl>${list.join('')}</dl></header>`;
}

/** The meaning of a linearizable history, or why it is undecided. */
function sound(report: HistoryReport): string {
  if (report.undecided !== null) {
    const why = whyUndecided(report, report.undecided);
    return `<section><p>${escapeHtml(`${why[0]!.toUpperCase()}${why.slice(1)}.`)}</p></section>`;
  }
  return '<section><p>There is an order of all operations that explains every answer: each can have happened at one instant between its call and its return.</p></section>';
}

function whyNot(
  report: HistoryReport,
  breach: BreachReport,
  operations: readonly HistoryOperation[],
): string {
  const { key, core, fromAnyState, ofCore, ofAll, operations: count } = breach;
  const start = fromAnyState ? 'whatever was there before them' : beginning(report);
  const rests = restsOn(report);
  const where = key === '' ? '' : ` on key ${key}`;
  return `<section><h2>Why</h2>
${rests === undefined ? '' : `<p><strong>${escapeHtml(rests)}</strong></p>`}
<p>No order of the ${plural(count, 'operation')}${escapeHtml(where)} explains all answers. The smallest part that shows
it is ${plural(core.length, 'operation')}, ${escapeHtml(start)}:</p>
${table(core)}
<p>${escapeHtml(orderText(ofCore))}</p></section>
${picture(report, operations)}
<section><h2>How far an order goes</h2>
<p>${plural(ofAll.order.length, 'operation')} of ${count} have an order that explains their answers; the line in the
picture follows it. ${escapeHtml(orderText(ofAll))}</p></section>`;
}

function table(operations: readonly OperationReport[]): string {
  const isNoted = operations.some((operation) => note(operation) !== '');
  const heads = ['client', 'lines', 'operation', ...(isNoted ? ['remarks'] : [])];
  const rows = operations.map((operation) => {
    const remark = isNoted ? `<td class="dim">${note(operation)}</td>` : '';
    return `<tr><td class="who">${escapeHtml(brief(operation.client))}</td><td class="dim">${lines(operation)}</td><td class="what">${escapeHtml(brief(operation.what))}</td>${remark}</tr>`;
  });
  return `<div class="wide" role="group" aria-label="The core"><table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function picture(report: HistoryReport, operations: readonly HistoryOperation[]): string {
  const { breach } = report;
  const all = bars(report, operations);
  const own = breach === null ? all : all.filter(({ operation }) => operation.input.key === breach.key);
  const shown = breach === null ? own.slice(0, MOST_BARS) : around(own, breach.core);
  if (shown.length === 0) return '';
  const clients = [...new Set(shown.map(({ operation }) => operation.client))];
  clients.sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
  const rest =
    shown.length === own.length
      ? ''
      : ` <small>(${breach === null ? 'the first ' : ''}${shown.length} of ${plural(own.length, 'operation')})</small>`;
  const legend = breach === null ? '' : LEGEND;
  return `<section><h2>The history${rest}</h2>${legend}
<p class="axis">A line a client, a bar an operation. From left to right: the order of calls and returns, not how long they took.</p>
<div class="wide" role="group" aria-label="Picture of the history">${chart(shown, clients)}</div></section>`;
}

/**
 * The core, and what happened around it; but not all that happened since something old of it began.
 */
function around(own: readonly Bar[], core: readonly OperationReport[]): readonly Bar[] {
  const begun = new Set(core.filter(({ begunBefore }) => !begunBefore).map(({ operation }) => operation));
  const last = own.findLastIndex(({ isCore }) => isCore) + AROUND;
  const first = Math.max(own.findIndex(({ index }) => begun.has(index)) - AROUND, last - MOST_BARS);
  return own.filter(({ isCore }, i) => isCore || (i >= first && i <= last));
}

/** Every operation as a bar, by its place in the file. */
function bars({ breach, model }: HistoryReport, operations: readonly HistoryOperation[]): Bar[] {
  const meaning = keyValueModel(null);
  const core = new Set(breach?.core.map(({ operation }) => operation));
  const places = new Map(breach?.ofAll.order.map(({ operation }, i) => [operation, i + 1]));
  const refused = new Set(breach?.ofAll.refused.map(({ operation }) => operation));
  return operations.map((operation, i) => {
    const { client, calledLine, returnedLine, input, output } = operation;
    const place = places.get(i);
    const end = returnedLine === undefined ? ', never returned' : ` to ${returnedLine}`;
    const order = place === undefined ? '' : `; number ${place} of the order`;
    const isKeyed = model === 'kv' && breach === null;
    return {
      operation,
      index: i,
      label: shortly(meaning.describe({ ...input, key: isKeyed ? input.key : '' }, output)),
      title: `${client}: ${meaning.describe(input, output)} (line ${calledLine}${end}${order})`,
      isCore: core.has(i),
      place,
      isRefused: refused.has(i),
    };
  });
}

function shortly(what: string): string {
  return what
    .replace(/: done$/, '')
    .replace(/: no answer$/, '')
    .replace(/^read(.*): /, 'read$1 ');
}

function remarkList(report: HistoryReport): string {
  const { undecided } = report;
  const lines = [
    ...(undecided !== null && 'ordered' in undecided
      ? [
          `An order was found for ${undecided.ordered} of the ${plural(undecided.operations, 'operation')} on the keys that are undecided: the ${undecided.because} did not suffice.`,
        ]
      : []),
    ...remarks(report).map((line) => `${line[0]!.toUpperCase()}${line.slice(1)}.`),
  ];
  return lines.length === 0
    ? ''
    : `<section>${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}</section>`;
}
