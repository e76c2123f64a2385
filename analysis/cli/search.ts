/**
 * `tickraft search FILE`: everything that a cluster can do from where a scenario ends, and the
 * shortest way to what is wrong in it, as a scenario.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { LogError, reason } from '../../logs/index.ts';
import { ScenarioError } from '../../replication/scenario/index.ts';
import { SearchError, type SearchResult, type Story, search } from '../../replication/search/index.ts';
import { ClientHistory } from '../campaign/client-history.ts';
import { parseSearchOptions, type SearchCommandOptions } from './search-options.ts';

/** The end of `--help`. */
const HELP = `
Faults, and how often each may happen by default: timeout=2, crash=1, restart as often as crash, tick=2
(any, where a program acts at its ticks only), drop=0, duplicate=0, partition=0.

Examples:
  tickraft search test/golden/search/put.scenario --depth 6
  tickraft search test/golden/search/mesh.scenario --goal "two leaders"

Exit codes:
  0  nothing is wrong in what was gone through, and no goal was asked for
  0  the goal was reached
  1  something is wrong, or the goal was not reached
  2  wrong usage`;

/** The command. */
export function searchCommand(): Command {
  return new Command('search')
    .description(
      'Go through everything that a cluster can do from where a scenario ends. The invariants are checked in every state, and what clients are told at every answer.',
    )
    .argument('<file>', 'a scenario to begin after (see docs/reference/search.md)')
    .optionsGroup('What may happen:')
    .option(
      '--faults <list>',
      'drop, duplicate, crash, restart, partition, timeout, tick, once each or as often as usual; no others',
    )
    .option('--budget <list>', 'how often each may happen: crash=1,drop=2,timeout=any')
    .option(
      '--ask <request>',
      'a request that a client may make, once: "get x", "put x 2 at n1"; may be repeated',
      collect,
      [],
    )
    .optionsGroup('What to look for:')
    .option('--goal <condition>', 'also stop where this holds, in the words of scenarios: "two leaders"')
    .optionsGroup('How far:')
    .option('--depth <n>', 'at most this many choices on a way')
    .option('--states <n>', 'at most this many different states', '1000000')
    .option('--seconds <n>', 'at most this long', '60')
    .option('--order <order>', 'breadth (the shortest way), depth, or random', 'breadth')
    .option('--seed <n>', 'decides the ways of the order random', '1')
    .option('--no-reduce', 'go all orders of deliveries, also where they lead to the same')
    .optionsGroup('Output:')
    .option('--out <file>', 'write the way that was found, a scenario')
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', HELP)
    .action((file: string, raw: unknown, command: Command) => {
      const fail = (line: string): never => command.error(line, { exitCode: 2, code: 'tickraft.usage' });
      let options: SearchCommandOptions;
      try {
        options = parseSearchOptions(raw);
      } catch (error) {
        fail(`error: ${(error as Error).message}`);
        return;
      }
      try {
        run(file, options);
      } catch (error) {
        if (error instanceof ScenarioError) fail(`${file}:${error.line}: ${error.message}`);
        if (error instanceof SearchError || error instanceof LogError) fail(`error: ${error.message}`);
        throw error;
      }
    });
}

function collect(one: string, before: readonly string[]): string[] {
  return [...before, one];
}

function run(file: string, options: SearchCommandOptions): void {
  const text = read(file);
  const { depth, states, seconds, ask, goal, order, seed, reduce, budget, out, json } = options;
  const began = performance.now();
  const isOver = () => performance.now() - began > seconds * 1000;
  const result = search(text, {
    ...{ budget, asks: ask, goal, order, seed, reduce },
    bounds: { states, isOver, ...(depth === undefined ? {} : { depth }) },
    newHistory: (guarantees) => new ClientHistory(guarantees),
  });
  const took = Math.max(performance.now() - began, 1) / 1000;
  if (out !== undefined && result.story !== undefined) write(out, result.story.scenario);
  process.stdout.write(json ? asJson(file, result, took) : asText(result, took, goal));
  if (result.ending === 'broken' || (goal !== undefined && result.ending !== 'goal')) process.exitCode = 1;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SearchError(`cannot read ${file}: ${reason(error)}`);
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new SearchError(`cannot write ${file}: ${reason(error)}`);
  }
}

function asJson(file: string, result: SearchResult, took: number): string {
  const { bytes, ...rest } = result;
  const document = {
    file,
    ...rest,
    seconds: took,
    stateBytes: bytes,
    memoryBytes: process.memoryUsage().rss,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function asText(result: SearchResult, took: number, goal: string | undefined): string {
  const { story, deadlock, livelock, generated, distinct, machineStates } = result;
  const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
  return [
    headline(result, goal),
    `  ${generated} states generated, ${distinct} different (the first included), of ${machineStates} states of single machines`,
    `  ${took.toFixed(1)} s, ${Math.round(generated / took)} states a second, ${memory} MiB of memory`,
    ...told('', story),
    ...told('a deadlock: ', deadlock),
    ...told('a livelock: ', livelock),
    '',
  ].join('\n');
}

function headline(
  { ending, story, completeTo, deepest, distinct }: SearchResult,
  goal: string | undefined,
): string {
  const no = goal === undefined ? 'nothing is wrong' : `nothing is wrong, and not once \`${goal}\``;
  const far =
    completeTo === undefined
      ? `bounded, ways of up to ${deepest}`
      : `bounded, complete to depth ${completeTo}`;
  switch (ending) {
    case 'broken':
      return `wrong after ${choices(story!.length)}: ${story!.what}`;
    case 'goal':
      return `reached after ${choices(story!.length)}: ${goal}`;
    case 'complete':
      return `complete, all ${distinct} states: ${no}`;
    case 'depth':
      return completeTo === undefined ? `${far}: ${no}` : `complete to depth ${completeTo}: ${no}`;
    case 'states':
    case 'time':
      return `${far} (the end of its ${ending}): ${no}`;
  }
}

function told(what: string, story: Story | undefined): string[] {
  if (story === undefined) return [];
  const scenario = story.scenario.replace(/^/gm, '  ').trimEnd();
  return what === ''
    ? ['', scenario]
    : ['', `${what}${story.what}, after ${choices(story.length)}`, '', scenario];
}

function choices(count: number): string {
  return count === 1 ? '1 choice' : `${count} choices`;
}
