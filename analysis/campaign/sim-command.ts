/** `tickraft sim --seeds N`: a campaign of random faults, with one command to see each failure again. */
import { Command } from 'commander';
import { Progress } from '../../logs/progress.ts';
import { type CampaignResult, runCampaign } from './campaign.ts';
import { parseSimOptions, type SimOptions } from './sim-options.ts';

/** The command. Exit code 0: every seed held; 1: some broke; 2: wrong usage. */
export function simCommand(): Command {
  return new Command('sim')
    .description('put simulated clusters through random faults, and check on every step that all stays true')
    .requiredOption('--seeds <n>', 'how many seeds to run, each a cluster and faults of its own')
    .option('--first-seed <n>', 'the first of them', '1')
    .option('--protocol <name>', 'which replication protocol', 'raft')
    .option('--shard <i/n>', 'only part i of n, to share the work among machines', '1/1')
    .option('--json', 'one JSON document on standard output', false)
    .action((raw: unknown, command: Command) => {
      let options: SimOptions;
      try {
        options = parseSimOptions(raw);
      } catch (error) {
        command.error(`error: ${(error as Error).message}`, { exitCode: 2, code: 'tickraft.usage' });
      }
      const result = run(options);
      process.stdout.write(options.json ? asJson(options, result) : asText(options, result));
      if (result.failed > 0) process.exitCode = 1;
    });
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
