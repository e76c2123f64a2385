/** `tickraft grade`: grades a student's program for a lab, or replays a scenario with it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { reason } from '../../logs/index.ts';
import { gradeProgram, replayScenario } from '../labs/grade.ts';
import type { ItemResult } from '../labs/grade-item.ts';
import { type FiledResult, gradeJson, gradeJUnit, itemText, pointsOf } from '../labs/grade-report.ts';
import { type Lab, LabError, readLab } from '../labs/lab.ts';
import { cleaned } from '../output/cleaned.ts';
import { interruptible } from './interruptible.ts';

interface Options {
  readonly junit?: string;
  readonly json: boolean;
  readonly out: string;
  readonly replay?: string;
  readonly seconds: string;
}

/** The end of `--help`. */
const EXIT_HELP = `
Examples:
  tickraft grade lab3 my-protocol.ts
  tickraft grade lab3 my-protocol.ts --replay counterexamples/lab3-minority.scenario

Exit codes: 0 all points; 1 an item failed, or the replayed scenario did; 2 wrong usage, or a file that cannot be
graded.`;

/** The command. */
export function gradeCommand(): Command {
  return new Command('grade')
    .description('Grade a program for a lab: points an item, and the shortest scenario in which it fails.')
    .argument('<lab>', 'lab1 to lab5 (see docs/labs/README.md), or a folder with lab.json')
    .argument('<file>', "the student's program: TypeScript, which needs the package tsx, or JavaScript")
    .option(
      '--out <folder>',
      'where to write counterexamples, replacing those of the time before',
      'counterexamples',
    )
    .option('--replay <file>', 'instead: run this scenario with the program, and tell what happens')
    .option('--seconds <n>', 'how long one scenario may take', '60')
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document', false)
    .option('--junit <file>', 'also write the grade as JUnit XML')
    .addHelpText('after', EXIT_HELP)
    .action(async (name: string, file: string, options: Options, command: Command) => {
      try {
        const seconds = readSeconds(options.seconds);
        const lab = readLab(name);
        const graded = { lab, file, seconds };
        const { replay: scenario } = options;
        const isGraded = ['json', 'junit', 'out'].some(
          (name) => command.getOptionValueSource(name) === 'cli',
        );
        if (scenario !== undefined && isGraded)
          throw new LabError('--replay takes no --json, --junit or --out');
        await interruptible(() =>
          scenario === undefined ? grade(graded, options, name) : replay(graded, scenario),
        );
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        command.error(`error: ${cleaned(error.message)}`, { exitCode: 2, code: 'tickraft.usage' });
      }
    });
}

interface Graded {
  readonly lab: Lab;
  readonly file: string;
  readonly seconds: number;
}

/** `name`: what the lab is called on the command line. */
async function grade(graded: Graded, { out, json, junit }: Options, name: string): Promise<void> {
  const { lab, file } = graded;
  const again = (scenario: string) => `npx tickraft grade ${name} ${file} --replay ${scenario}`;
  const results: FiledResult[] = [];
  if (!json) process.stdout.write(`${lab.name}: ${lab.title}\n`);
  await gradeProgram(graded, (result) => {
    const filed = saved(lab, result, out);
    results.push(filed);
    if (!json) process.stdout.write(itemText(filed, again));
  });
  const { earned, points } = pointsOf(results);
  process.stdout.write(json ? gradeJson(lab, file, results) : `${earned} of ${points} points\n`);
  if (junit !== undefined) write(junit, gradeJUnit(lab, results));
  if (earned < points) process.exitCode = 1;
}

async function replay(graded: Graded, path: string): Promise<void> {
  const { transcript, failed } = await replayScenario(graded, read(path));
  process.stdout.write(transcript);
  if (failed) process.exitCode = 1;
}

/** The result, with its counterexample in a file. */
function saved(lab: Lab, { scenario, failure, ...result }: ItemResult, folder: string): FiledResult {
  const line = failure && cleaned(failure);
  if (scenario === undefined) return { ...result, failure: line, counterexample: undefined };
  const counterexample = join(folder, `${lab.name}-${result.id}.scenario`);
  write(counterexample, scenario);
  return { ...result, failure: line, counterexample };
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new LabError(`cannot write ${file}: ${reason(error)}`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new LabError(`cannot read ${file}: ${reason(error)}`);
  }
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d{1,5}$/.test(text) || seconds < 1)
    throw new LabError('--seconds must be a whole number, at least 1');
  return seconds;
}
