/** `tickraft compare`: protocols side by side under the same requests and faults. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { Progress, reason } from '../../logs/index.ts';
import { type ComparisonSettings, compareProtocols } from '../compare/protocols/compare-protocols.ts';
import { comparisonPage } from '../compare/protocols/comparison-page.ts';
import { comparisonText } from '../compare/protocols/comparison-text.ts';
import { FAULT_SORTS, type FaultSort, USUAL_FAULTS } from '../compare/protocols/draw-trial.ts';
import { type Story, tellStories } from '../compare/protocols/stories.ts';
import { readSubjects, type Subject } from '../compare/protocols/subject.ts';
import { drawTrials } from '../compare/protocols/trial-pictures.ts';

const EXAMPLES = `
Examples:
  tickraft compare --seeds 50
  tickraft compare --protocols raft,nwr:3/2/2,nwr:3/1/1 --seeds 200 --faults partition --html compare.html

Exit codes:
  0  no protocol broke what it claims
  1  one did, or a file could not be written
  2  wrong usage`;

interface RawOptions {
  readonly protocols: string;
  readonly seeds: string;
  readonly firstSeed: string;
  readonly replicas: string;
  readonly faults: string;
  readonly timelineSeed?: string;
  readonly html?: string;
  readonly stories: string | boolean;
  readonly json: boolean;
}

/** The options, checked. */
interface Options {
  readonly subjects: readonly Subject[];
  readonly settings: ComparisonSettings;
  readonly timelineSeed: number;
}

/** The command. */
export function compareCommand(): Command {
  return new Command('compare')
    .description(
      'Put several replication protocols through the same requests and faults, seed by seed, and say what each guarantees and what it costs.',
    )
    .option(
      '--protocols <list>',
      'which, with commas between them; words behind a colon are settings: primary-backup:majority, nwr:3/1/1',
      'raft,primary-backup,lowest-port,nwr:3/2/2,nwr:3/1/1',
    )
    .option('--seeds <n>', 'how many seeds; each draws requests and faults, which all protocols get', '100')
    .option('--first-seed <n>', 'the first seed', '1')
    .option('--replicas <n>', 'how many replicas', '3')
    .option(
      '--faults <list>',
      `sorts of faults: ${FAULT_SORTS.join(', ')}; none for no faults`,
      USUAL_FAULTS.join(','),
    )
    .option(
      '--stories <folder>',
      'write the first breach of each guarantee, shrunk to a short scenario, into a folder',
    )
    .option('--no-stories', 'shrink no scenarios, which takes most of the time of a short comparison')
    .optionsGroup('Output:')
    .option('--html <file>', 'write a page')
    .option('--timeline-seed <n>', 'the seed that the page shows in pictures (default: the first)')
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', EXAMPLES)
    .action((raw: RawOptions, command: Command) => {
      let options: Options;
      try {
        options = parse(raw);
      } catch (error) {
        command.error(`error: ${(error as Error).message}`, { exitCode: 2, code: 'tickraft.usage' });
      }
      try {
        run(options, raw);
      } catch (error) {
        if (!(error instanceof WriteError)) throw error;
        command.error(`error: ${error.message}`, { exitCode: 1, code: 'tickraft.failed' });
      }
    });
}

/** A file that cannot be written. */
class WriteError extends Error {
  override readonly name = 'WriteError';
}

/** The most seeds: all their results are kept. */
const MOST_SEEDS = 100_000;
const MOST_REPLICAS = 9;

function parse(raw: RawOptions): Options {
  const subjects = readSubjects(raw.protocols);
  const firstSeed = whole('first-seed', raw.firstSeed, 0, Number.MAX_SAFE_INTEGER);
  const seeds = whole('seeds', raw.seeds, 1, MOST_SEEDS);
  const replicas = whole('replicas', raw.replicas, 3, MOST_REPLICAS);
  const settings = { firstSeed, seeds, replicas, faults: readFaults(raw.faults) };
  if (raw.timelineSeed !== undefined && raw.html === undefined)
    throw new Error('--timeline-seed is for the page: give --html too');
  const timelineSeed = whole('timeline-seed', raw.timelineSeed ?? raw.firstSeed, 0, Number.MAX_SAFE_INTEGER);
  return { subjects, settings, timelineSeed };
}

function whole(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= low && value <= high) return value;
  throw new Error(`--${option} must be a whole number from ${low} to ${high}`);
}

function readFaults(text: string): FaultSort[] {
  if (text === 'none') return [];
  const words = text.split(',').map((word) => word.trim());
  const wrong = words.find((word) => !(FAULT_SORTS as readonly string[]).includes(word));
  if (wrong !== undefined)
    throw new Error(`--faults knows no ${wrong}, only ${FAULT_SORTS.join(', ')}, or none`);
  return FAULT_SORTS.filter((sort) => words.includes(sort));
}

function run({ subjects, settings, timelineSeed }: Options, { html, stories, json }: RawOptions): void {
  const progress = new Progress();
  const total = settings.seeds * subjects.length;
  let done = 0;
  const comparison = compareProtocols(subjects, settings, () => {
    done++;
    progress.update(() => `${done} of ${total} runs`);
  });
  const told =
    stories === false
      ? []
      : tellStories(subjects, comparison, settings, (what) => progress.update(() => `shrinking ${what}`));
  progress.clear();
  if (html !== undefined)
    write(html, comparisonPage(comparison, told, drawTrials(subjects, timelineSeed, settings)));
  const files = typeof stories === 'string' ? told.map((story) => save(stories, story)) : [];
  if (json) process.stdout.write(`${JSON.stringify({ ...comparison, stories: told }, null, 2)}\n`);
  else {
    process.stdout.write(comparisonText(comparison, pc));
    for (const file of files) process.stdout.write(`npx tickraft sim ${file}\n`);
    if (html !== undefined) process.stdout.write(`page: ${html}\n`);
  }
  if (comparison.violated) process.exitCode = 1;
}

function save(folder: string, { protocol, guarantee, text }: Story): string {
  const file = join(folder, `${protocol.replaceAll(/[^a-z0-9-]+/g, '-')}-${guarantee}.scenario`);
  write(file, text);
  return file;
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new WriteError(`cannot write ${file}: ${reason(error)}`);
  }
}
