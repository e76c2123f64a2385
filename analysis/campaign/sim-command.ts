/**
 * `tickraft sim FILE`: a story about a simulated cluster. `tickraft sim --seeds N`: a campaign of random faults, with one
 * command to see each failure again.
 */
import { Command } from 'commander';
import { Progress } from '../../logs/progress.ts';
import { type CampaignResult, runCampaign } from './campaign.ts';
import { runScenarioFile, ScenarioFileError } from './scenario-file.ts';
import { parseSimOptions, type SimOptions } from './sim-options.ts';

/** What only a campaign is told. */
const CAMPAIGN_OPTIONS = ['seeds', 'firstSeed', 'protocol', 'shard'];

/** The command. Exit code 0: the story went as expected, or every seed held; 1: it did not, or some broke; 2: wrong usage. */
export function simCommand(): Command {
  return new Command('sim')
    .description(
      'run a scenario file, or put simulated clusters through random faults; what must hold is checked on every step',
    )
    .argument('[file]', 'a story about a cluster (see vm/sim/scenario/README.md)')
    .option('--seeds <n>', 'without a file: how many seeds to run, each a cluster and faults of its own')
    .option('--first-seed <n>', 'the first of them', '1')
    .option('--protocol <name>', 'which replication protocol', 'raft')
    .option('--shard <i/n>', 'only part i of n, to share the work among machines', '1/1')
    .option('--json', 'one JSON document on standard output', false)
    .action((file: string | undefined, raw: { seeds?: string; json: boolean }, command: Command) => {
      const fail = (line: string) => command.error(line, { exitCode: 2, code: 'tickraft.usage' });
      const usage = (message: string) => fail(`error: ${message}`);
      const isCampaign = CAMPAIGN_OPTIONS.some((option) => command.getOptionValueSource(option) === 'cli');
      if (file === undefined) {
        if (raw.seeds === undefined) usage('name a scenario file, or say how many --seeds to run');
        campaign(raw, usage);
      } else if (isCampaign) usage('a scenario file says all itself: it goes with no option but --json');
      else story(file, raw.json, fail);
    });
}

/** Runs a scenario file: its transcript, and, if it failed, one line on standard error that says where. */
function story(file: string, json: boolean, fail: (line: string) => never): void {
  try {
    const { transcript, failure } = runScenarioFile(file);
    const document = { file, ok: failure === undefined, failure, transcript };
    process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : transcript);
    if (failure === undefined) return;
    process.stderr.write(`${failure}\n`);
    process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof ScenarioFileError)) throw error;
    fail(error.message);
  }
}

function campaign(raw: unknown, usage: (message: string) => never): void {
  let options: SimOptions;
  try {
    options = parseSimOptions(raw);
  } catch (error) {
    usage((error as Error).message);
  }
  const result = run(options);
  process.stdout.write(options.json ? asJson(options, result) : asText(options, result));
  if (result.failed > 0) process.exitCode = 1;
}

function run({ range, protocol, json }: SimOptions): CampaignResult {
  const progress = new Progress();
  const total = Math.ceil((range.seeds - range.shard.index + 1) / range.shard.count);
  let ran = 0;
  const result = runCampaign(protocol.draw, range, ({ seed, failure }) => {
    ran++;
    if (failure !== undefined && !json) {
      progress.clear();
      process.stdout.write(`seed ${seed}: ${failure}\n  to see it again: ${again(protocol.name, seed)}\n`);
    }
    progress.update(() => `${ran} of ${total} seeds`);
  });
  progress.clear();
  return result;
}

/** What runs a seed again. */
function again(protocol: string, seed: number): string {
  return `npx tickraft sim --seeds 1 --first-seed ${seed} --protocol ${protocol}`;
}

function asText({ protocol }: SimOptions, { ran, failed, totals }: CampaignResult): string {
  const verdict = failed === 0 ? 'all hold' : `${failed} broken`;
  const seconds = Math.round(totals.virtualMs / 1000);
  return [
    `${ran} ${ran === 1 ? 'seed' : 'seeds'} of ${protocol.name}: ${verdict}`,
    `  ${seconds} virtual seconds, ${totals.steps} steps, each checked; ${totals.attacks} faults, ${totals.terms} terms`,
    `  ${totals.acknowledged} acknowledged commands, ${totals.reads} reads`,
    '',
  ].join('\n');
}

function asJson({ range, protocol }: SimOptions, { ran, failed, failures, totals }: CampaignResult): string {
  const told = failures.map(({ seed, failure }) => ({ seed, failure, again: again(protocol.name, seed) }));
  const document = { protocol: protocol.name, ...range, ran, failed, failures: told, totals };
  return `${JSON.stringify(document, null, 2)}\n`;
}
