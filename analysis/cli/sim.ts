/**
 * `tickraft sim FILE`: a scenario about a simulated cluster. `tickraft sim --seeds N`: a campaign
 * of random faults, with one command to see each failure again.
 */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { LogError, Progress, reason } from '../../logs/index.ts';
import { type CampaignResult, runCampaign } from '../campaign/campaign.ts';
import { EXIT_CODES, type Failure, type FailureClass } from '../campaign/failure.ts';
import { RunFolderRecorder } from '../campaign/run-folder-recorder.ts';
import { SaveError, ScenarioSaver } from '../campaign/save-scenario.ts';
import { runScenarioFile, ScenarioFileError } from '../campaign/scenario-file.ts';
import { parseSimOptions, type SimOptions } from './sim-options.ts';

/** The options of campaigns only. */
const CAMPAIGN_OPTIONS = ['seeds', 'firstSeed', 'protocol', 'shard', 'save'];

/** The end of `--help`. */
const EXIT_HELP = `
Examples:
  tickraft sim test/golden/figure-8.scenario
  tickraft sim --seeds 200

Exit codes:
  0  all expectations of the scenario held, or all seeds did
  1  an expectation failed, or a seed violated safety
  2  wrong usage
  3  a seed made no progress although a majority was healthy
  4  a seed stopped at a failed assert or another error
A campaign ends with the gravest of these: 1, then 4, then 3.`;

/** The texts of the failure classes. */
const OUTCOMES: Readonly<Record<FailureClass, string>> = {
  unsafe: 'safety violated',
  crashed: 'crash',
  stuck: 'no progress',
};

/** What the command is given, before it is checked. */
interface RawOptions {
  readonly seeds?: string;
  readonly history?: string;
  readonly out?: string;
  readonly json: boolean;
}

/** The command. */
export function simCommand(): Command {
  return new Command('sim')
    .description(
      'Run a scenario file, or put simulated clusters through random faults. The invariants are checked after every step.',
    )
    .argument(
      '[file]',
      'a scenario: what happens to a cluster and what is expected of it (see docs/guide/4-simulator.md)',
    )
    .optionsGroup('With a scenario file:')
    .option('--out <folder>', 'new run folder for the logs and the client history, for `tickraft analyze`')
    .option('--history <file>', 'write the client history to a file, for `tickraft check`')
    .optionsGroup('Without a file, a campaign of random faults:')
    .option('--seeds <n>', 'how many seeds to run; each draws a cluster, its clients and its faults')
    .option('--first-seed <n>', 'the first seed', '1')
    .option('--protocol <name>', 'which replication protocol', 'raft')
    .option('--shard <i/n>', 'run only part i of n, to divide the work among computers', '1/1')
    .option(
      '--save <folder>',
      'where to save the first failure of each kind, reduced to a short scenario',
      '.',
    )
    .option('--no-save', 'save no scenarios')
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', EXIT_HELP)
    .action(async (file: string | undefined, raw: RawOptions, command: Command) => {
      const fail = (line: string) => command.error(line, { exitCode: 2, code: 'tickraft.usage' });
      const usage = (message: string) => fail(`error: ${message}`);
      const isCampaign = CAMPAIGN_OPTIONS.some((option) => command.getOptionValueSource(option) === 'cli');
      if (file === undefined) {
        for (const name of ['history', 'out'] as const)
          if (raw[name] !== undefined) usage(`--${name} requires a scenario file`);
        if (raw.seeds === undefined) usage('name a scenario file, or give a number of --seeds to run');
        campaign(raw, usage, fail);
      } else if (isCampaign) usage('a scenario file takes no options but --json, --history and --out');
      else await scenario(file, raw, fail);
    });
}

function writeHistory(file: string, history: string): void {
  try {
    writeFileSync(file, history);
  } catch (error) {
    throw new ScenarioFileError(`error: cannot write ${file}: ${reason(error)}`);
  }
}

/**
 * Runs a scenario file: its transcript, and, if it failed, one line on standard error that says
 * where.
 */
async function scenario(
  file: string,
  { json, history: to, out }: RawOptions,
  fail: (line: string) => never,
): Promise<void> {
  try {
    const recorder = out === undefined ? undefined : new RunFolderRecorder(out, file);
    const { transcript, failure, history } = runScenarioFile(file, recorder);
    await recorder?.finish(history);
    if (to !== undefined) writeHistory(to, history);
    const document = { file, ok: failure === undefined, failure, transcript };
    process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : transcript);
    if (failure === undefined) return;
    process.stderr.write(`${failure}\n`);
    process.exitCode = 1;
  } catch (error) {
    if (error instanceof LogError) fail(`error: ${error.message}`);
    if (!(error instanceof ScenarioFileError)) throw error;
    fail(error.message);
  }
}

function campaign(raw: unknown, usage: (message: string) => never, fail: (line: string) => never): void {
  let options: SimOptions;
  try {
    options = parseSimOptions(raw);
  } catch (error) {
    usage((error as Error).message);
  }
  const saver = new ScenarioSaver(options.protocol.protocol, options.save);
  try {
    const result = run(options, saver);
    process.stdout.write(options.json ? asJson(options, result, saver) : asText(options, result));
    endWith(result);
  } catch (error) {
    if (!(error instanceof SaveError)) throw error;
    fail(error.message);
  }
}

function endWith(result: CampaignResult): void {
  const worst = EXIT_CODES.find(([outcome]) => result.outcomes[outcome] > 0);
  if (worst !== undefined) process.exitCode = worst[1];
}

function run({ range, protocol, json }: SimOptions, saver: ScenarioSaver): CampaignResult {
  const progress = new Progress();
  const total = Math.ceil((range.seeds - range.shard.index + 1) / range.shard.count);
  let ran = 0;
  const result = runCampaign(protocol.protocol, range, (told) => {
    const { seed, failure } = told.result;
    ran++;
    if (failure !== undefined) {
      progress.clear();
      if (!json) {
        process.stdout.write(
          `seed ${seed}: ${inWords(failure)}\n  to run it again: ${again(protocol.name, seed)}\n`,
        );
      }
      const saved = saver.save(told);
      if (!json && saved !== undefined) process.stdout.write(`  ${saved.line}\n`);
    }
    progress.update(() => `${ran} of ${total} seeds`);
  });
  progress.clear();
  return result;
}

function inWords({ outcome, message }: Failure): string {
  return `${OUTCOMES[outcome]}: ${message}`;
}

/** What runs a seed again. */
function again(protocol: string, seed: number): string {
  return `npx tickraft sim --seeds 1 --first-seed ${seed} --protocol ${protocol}`;
}

function asText({ protocol }: SimOptions, { ran, failed, outcomes, totals }: CampaignResult): string {
  const broken = EXIT_CODES.filter(([outcome]) => outcomes[outcome] > 0).map(
    ([outcome]) => `${outcomes[outcome]} ${OUTCOMES[outcome]}`,
  );
  const verdict = failed === 0 ? 'all hold' : `${failed} broken (${broken.join(', ')})`;
  const seconds = Math.round(totals.virtualMs / 1000);
  return [
    `${ran} ${ran === 1 ? 'seed' : 'seeds'} of ${protocol.name}: ${verdict}`,
    `  ${seconds} virtual seconds, ${totals.steps} steps, each checked; ${totals.faults} faults, ${totals.changes} changes of members, ${totals.terms} terms`,
    `  ${totals.acknowledged} acknowledged commands, ${totals.reads} reads; ${histories(ran, totals.undecided)}`,
    '',
  ].join('\n');
}

function histories(ran: number, undecided: number): string {
  const what = ran === 1 ? 'its history was checked' : 'every history was checked';
  return undecided === 0 ? what : `${what}, ${undecided} keys were too hard to decide`;
}

function asJson(
  { range, protocol }: SimOptions,
  { failures, ...result }: CampaignResult,
  saver: ScenarioSaver,
): string {
  const told = failures.map(({ seed, failure }) => ({
    ...{ seed, ...failure, again: again(protocol.name, seed) },
    scenario: saver.files.get(seed),
  }));
  const document = { protocol: protocol.name, ...range, ...result, failures: told };
  return `${JSON.stringify(document, null, 2)}\n`;
}
