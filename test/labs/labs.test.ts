/**
 * Every lab: its solution gets all points, the program to start from gets those that the text says,
 * and each mistake costs the items that are there to find it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gradeItem, runWith } from '../../analysis/labs/grade-item.ts';
import { type LabItem, readLab } from '../../analysis/labs/lab.ts';
import { studentProgram } from '../../analysis/labs/student-program.ts';
import { compile, type Mutant, plant, ROOT } from '../support/mutant.ts';
import { MISTAKES } from './mistakes.ts';

/** What the programs to start from get. */
const AT_THE_START: Readonly<Record<string, readonly string[]>> = {
  lab1: ['one-command', 'lively'],
  lab2: ['healthy', 'alone'],
  lab3: ['healthy', 'next'],
  lab4: ['healthy', 'one-down', 'no-way-back'],
  lab5: ['commits', 'majority'],
};

/** Imports from the project itself, wherever the copy is. */
const local = (text: string) =>
  text
    .replace(/'(?:[.][.]\/)+(replication|vm)\//g, `'${ROOT}$1/`)
    .replace("'tickraft/sim'", `'${ROOT}replication/sim/index.ts'`);

/** So many runs at the most to shorten a scenario, and so many seeds: a class has more time. */
const MOST_RUNS = 6;
const SEEDS = { random: 6, campaign: 4 };

function shortened({ random, campaign, ...item }: LabItem): LabItem {
  return {
    ...item,
    random: random && { ...random, seeds: Math.min(random.seeds, SEEDS.random) },
    campaign: campaign && { seeds: Math.min(campaign.seeds, SEEDS.campaign) },
  };
}

const copies: Mutant[] = [];
afterAll(() => copies.forEach((copy) => void copy.dispose()));

/** The program in a file of the project, with a patch. */
async function load(folder: string, file: string, bug?: { readonly find: string; readonly replace: string }) {
  const bugs = bug === undefined ? [] : [{ ...bug, file: join(folder, file) }];
  const copy = plant([folder], bugs, ({ name, text }) => compile({ name, text: local(text) }));
  copies.push(copy);
  return ((await copy.load(join(folder, file.replace(/ts$/, 'js')))) as { default: unknown }).default;
}

describe.each(Object.keys(AT_THE_START))('%s', (name) => {
  const lab = readLab(name);

  /** By item: what failed, and its counterexample; undefined for an item that holds. */
  async function grade(exported: unknown, items = lab.items) {
    const program = studentProgram(lab.program, exported, 'program.ts');
    const results = items.map(
      (item) => [item, gradeItem(lab, shortened(item), program, () => {}, MOST_RUNS)] as const,
    );
    for (const [item, { failure, scenario }] of results) {
      if (failure === undefined) continue;
      // The counterexample shows by itself what the grade says.
      const { transcript } = runWith(program(item.guarantees), scenario!);
      expect(transcript).toContain(`: ${failure}`);
    }
    return new Map(results.map(([{ id }, { scenario }]) => [id, scenario]));
  }

  const failing = (grades: ReadonlyMap<string, string | undefined>) =>
    [...grades].flatMap(([id, scenario]) => (scenario === undefined ? [] : [id]));

  test('is worth 100 points, and its text has the table', () => {
    expect(lab.items.reduce((sum, { points }) => sum + points, 0)).toBe(100);
    const text = readFileSync(join(lab.folder, 'README.md'), 'utf8');
    const points = [...text.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
    expect(points).toEqual(lab.items.map((item) => item.points));
    expect(existsSync(join(lab.folder, 'start.ts'))).toBe(true);
  });

  test('the solution gets all points', async () => {
    expect(failing(await grade(await load(`test/labs/${name}`, 'solution.ts')))).toEqual([]);
  });

  test('the program to start from is short, and gets some', async () => {
    const start = readFileSync(join(lab.folder, 'start.ts'), 'utf8');
    expect(start.split('\n').length).toBeLessThanOrEqual(85);
    const failed = failing(await grade(await load(`docs/labs/${name}`, 'start.ts')));
    expect(lab.items.map(({ id }) => id).filter((id) => !failed.includes(id))).toEqual(AT_THE_START[name]);
  });

  test.each(MISTAKES[name]!)('a mistake: $what', async ({ fails, shows, ...bug }) => {
    // Random items are looked at only where they are to find something: they cost most.
    const items = lab.items.filter(({ id, scenarios }) => scenarios.length > 0 || fails.includes(id));
    const grades = await grade(await load(`test/labs/${name}`, 'solution.ts', bug), items);
    expect(failing(grades)).toEqual(fails);
    expect(grades.get(fails[0]!)).toContain(shows);
  });
});
