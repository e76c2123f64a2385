/**
 * The report as one HTML file that needs no network: an overview of the runs, then a part for each.
 */
import { basename } from 'node:path';
import type { RunReport } from '../analyze.ts';
import { escapeHtml, htmlPage } from '../output/html.ts';
import { plural } from '../output/plural.ts';
import { PAGE_STYLE } from './page-style.ts';
import { runPart } from './run-part.ts';
import type { RunPictures } from './run-pictures.ts';
import { duration } from './scale.ts';
import { badge, verdictCounts, worst } from './verdicts.ts';

/** The page stays below 5 MB, so that any browser opens it at once. */
const MOST_BYTES = 4_500_000;
/** Runs in the overview. */
const MOST_LISTED = 2_000;

/** A report that is made a run at a time: of a run, once added, only its text is kept. */
export class ReportPage {
  readonly #script: string;
  readonly #parts: string[] = [];
  readonly #rows: string[] = [];
  #bytes = 0;
  #runs = 0;
  #left = 0;
  #violated = 0;
  #name = '';

  /** `script`: the page's own, which `page-script.ts` reads. */
  constructor(script: string) {
    this.#script = script;
  }

  add(pictures: RunPictures): void {
    const { report } = pictures;
    const place = ++this.#runs;
    this.#name ||= basename(report.path);
    if (worst(report) === 'violated') this.#violated++;
    const part = runPart(pictures, place);
    const isIn = this.#bytes + Buffer.byteLength(part) <= MOST_BYTES;
    if (isIn) {
      this.#parts.push(part);
      this.#bytes += Buffer.byteLength(part);
    } else this.#left++;
    if (place > MOST_LISTED) return;
    const row = overviewRow(report, isIn ? place : undefined);
    this.#rows.push(row);
    this.#bytes += Buffer.byteLength(row);
  }

  /** The page's text. */
  text(): string {
    const title = this.#runs === 1 ? `Tickraft: ${this.#name}` : `Tickraft: ${plural(this.#runs, 'run')}`;
    const main = `<h1>${escapeHtml(title)}</h1>
${this.#overview()}
${this.#parts.join('\n')}`;
    return htmlPage({ title, style: PAGE_STYLE, main, script: this.#script });
  }

  /** With one run, its own part is enough. */
  #overview(): string {
    if (this.#runs === 1) return '';
    const violated = this.#violated === 0 ? 'Nothing is violated.' : `${this.#violated} with violations.`;
    const left =
      this.#left === 0
        ? ''
        : ` ${plural(this.#left, 'run')} ${this.#left === 1 ? 'has' : 'have'} no part of their own below, because the page stays under 5 MB: analyse them one by one.`;
    const unlisted = this.#runs - this.#rows.length;
    const more = unlisted > 0 ? `<p class="notes">and ${plural(unlisted, 'run')} more</p>` : '';
    return `<p>${plural(this.#runs, 'run')}. ${violated}${left}</p>
<div class="wide" role="group" aria-label="The runs"><table><thead><tr><th scope="col" class="left">run</th><th scope="col" class="left">verdicts</th><th scope="col">events</th><th scope="col">length</th></tr></thead><tbody>${this.#rows.join('\n')}</tbody></table></div>${more}`;
  }
}

function overviewRow(report: RunReport, place: number | undefined): string {
  const name = escapeHtml(basename(report.path).slice(0, 200));
  const link = place === undefined ? name : `<a href="#run-${place}">${name}</a>`;
  return `<tr><td class="left">${link}</td><td class="left">${badge(worst(report), verdictCounts(report))}</td><td>${report.events.toLocaleString('en-US')}</td><td>${duration(report.durationUs)}</td></tr>`;
}
