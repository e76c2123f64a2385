/**
 * The pictures that `tickraft analyze` writes: asked while a run is open, written when all runs
 * have been analysed.
 */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { LogError, reason } from '../../logs/index.ts';
import type { RunReport } from '../analyze.ts';
import type { Run } from '../run/load.ts';
import { readMarks } from './marks.ts';
import { keepWindows } from './moments.ts';
import { ReportPage } from './page.ts';
import { pageScript } from './page-script.ts';
import { readRoles } from './roles.ts';
import { readPictures } from './run-pictures.ts';
import { SHIVIZ_REGULAR_EXPRESSION, shivizLog } from './shiviz.ts';
import { MOST_PICTURE_ROWS, spaceTimePicture } from './space-time-picture.ts';
import { type DetailWindow, hasTimes, readWindow } from './window.ts';

/**
 * Which files are wanted, and of which window. Times are microseconds since the run's first event.
 */
export interface PictureOptions {
  readonly html?: string | undefined;
  readonly svg?: string | undefined;
  readonly shiviz?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Rows of a default window: few enough to be read. */
const READABLE_ROWS = 250;

/** Files to be written. */
export class PictureFiles {
  readonly #options: PictureOptions;
  readonly #files: { readonly path: string; readonly text: string; readonly said: string }[] = [];
  readonly #page: ReportPage | undefined;

  /** Throws a `LogError` if the report is wanted and its script has not been built. */
  constructor(options: PictureOptions) {
    this.#options = options;
    if (options.html !== undefined) this.#page = new ReportPage(pageScript());
  }

  /** Queries what the pictures need from an open run. */
  async look(run: Run, report: RunReport): Promise<void> {
    const { svg, shiviz } = this.#options;
    this.#page?.add(await readPictures(run, report));
    if (svg !== undefined) await this.#drawWindow(svg, run, report);
    if (shiviz !== undefined) await this.#export(shiviz, run, report);
  }

  async #drawWindow(path: string, run: Run, report: RunReport): Promise<void> {
    if (!(await hasTimes(run)))
      throw new LogError(`${report.path}: no row has a time, so there is nothing to draw`);
    const window = await this.#window(run, report);
    const nodes = report.measures.machines.map(({ node }) => node);
    const marks = await readMarks(run);
    const { spans } = await readRoles(run);
    const { rows, asked } = window;
    const cut = asked > rows.length ? `; the first ${rows.length} of ${asked} events` : '';
    const said = `${path}: ${(window.fromUs / 1e6).toFixed(6)} s to ${(window.toUs / 1e6).toFixed(6)} s${cut}`;
    const text = spaceTimePicture({ window, nodes, spans, marks, title: basename(report.path) });
    this.#files.push({ path, text, said });
  }

  /** The window that was asked for; by default, around the most interesting moment. */
  async #window(run: Run, report: RunReport): Promise<DetailWindow> {
    const { from, to } = this.#options;
    if (from !== undefined || to !== undefined)
      return readWindow(run, from ?? 0, to ?? report.durationUs, MOST_PICTURE_ROWS);
    const [window] = await keepWindows(run, report, await readMarks(run), { most: 1, rows: READABLE_ROWS });
    return window!;
  }

  async #export(path: string, run: Run, report: RunReport): Promise<void> {
    const { from, to } = this.#options;
    const isPart = from !== undefined || to !== undefined;
    const part = isPart ? { fromUs: from ?? 0, toUs: to ?? report.durationUs } : undefined;
    const { text, events, asked } = await shivizLog(run, part);
    const cut =
      asked > events
        ? `the first ${events} of ${asked} events (--from and --to choose others)`
        : `${events} events`;
    const said = `${path}: ${cut}; the regular expression for ShiViz: ${SHIVIZ_REGULAR_EXPRESSION}`;
    this.#files.push({ path, text, said });
  }

  /** Writes the files. Returns a line about each. Throws a `LogError` if one cannot be written. */
  write(): string[] {
    const { html: path } = this.#options;
    const page = path === undefined ? [] : [{ path, text: this.#page!.text(), said: `${path}: the report` }];
    return [...this.#files, ...page].map(({ path, text, said }) => {
      try {
        writeFileSync(path, text);
      } catch (error) {
        throw new LogError(`cannot write ${path}: ${reason(error)}`);
      }
      return said;
    });
  }
}
