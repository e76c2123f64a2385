/**
 * Grades a student's program in a process of its own, which is ended when it takes too long, and
 * started again for the items that are left.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startedFile } from '../../logs/index.ts';
import { brokenOff, type ItemResult } from './grade-item.ts';
import type { GraderMessage, GraderOrder } from './grader.ts';
import { type Lab, LabError } from './lab.ts';
import { loaderFor } from './load-program.ts';

/** What is graded, and with which limits. */
export interface GradeOptions {
  readonly lab: Lab;
  readonly file: string;
  /** The longest that one scenario may take. */
  readonly seconds: number;
}

/** The story of one scenario, told with the student's program. */
export interface Replay {
  readonly transcript: string;
  readonly failed: boolean;
}

/** What runs in the process. */
const GRADER = fileURLToPath(startedFile('analysis/labs/grader.ts', 'cli/grader.js'));
/** How long a program may take until it is loaded: compilers are slow on busy computers. */
const LOAD_SECONDS = 60;
/** Memory of the process, in MiB. */
const MEMORY = 1_024;

/**
 * Grades all items; `each` is called with every result. Throws a `LabError` if the file cannot be
 * graded.
 */
export async function gradeProgram(
  options: GradeOptions,
  each: (result: ItemResult) => void = () => {},
): Promise<readonly ItemResult[]> {
  const { lab, file } = options;
  const results: ItemResult[] = [];
  const take = (result: ItemResult) => {
    results.push(result);
    each(result);
  };
  while (results.length < lab.items.length) {
    const from = results.length;
    const attempt = new Attempt(options, (message) => {
      if (message.type === 'item') take(message.result);
    });
    const broken = await attempt.run({ do: 'grade', from, lab, file });
    if (broken !== undefined) take(brokenOff(lab, lab.items[results.length]!, broken, attempt.running));
  }
  return results;
}

/** Runs a scenario with a student's program. Throws a `LabError` if it takes too long. */
export async function replayScenario(options: GradeOptions, scenario: string): Promise<Replay> {
  const { lab, file } = options;
  let replay: Replay | undefined;
  const attempt = new Attempt(options, (message) => {
    if (message.type === 'replayed') replay = message;
  });
  const broken = await attempt.run({ do: 'replay', scenario, lab, file });
  if (replay === undefined) throw new LabError(`${file}: ${broken ?? 'ended without a story'}`);
  return replay;
}

/** One process. */
class Attempt {
  /** The scenario that it was last heard to run. */
  running: string | undefined;
  readonly #options: GradeOptions;
  readonly #hear: (message: GraderMessage) => void;
  #timer: NodeJS.Timeout | undefined;
  #isLate = false;
  #isReady = false;
  #isDone = false;
  #problem: string | undefined;

  constructor(options: GradeOptions, hear: (message: GraderMessage) => void) {
    this.#options = options;
    this.#hear = hear;
  }

  /**
   * Lets it carry the order out. Returns why it did not get to the end, undefined if it did. Throws
   * the `LabError` of a program that cannot be graded.
   */
  async run(order: GraderOrder): Promise<string | undefined> {
    const { execArgv } = process;
    const child = fork(GRADER, {
      execArgv: [...execArgv, ...loaderFor(this.#options.file), `--max-old-space-size=${MEMORY}`],
      // What a program prints is for its author, who replays a scenario to see it.
      stdio: ['ignore', order.do === 'replay' ? process.stderr : 'ignore', 'ignore', 'ipc'],
    });
    // A loop without end would outlive this process.
    const kill = () => void child.kill('SIGKILL');
    process.once('exit', kill);
    const ended = new Promise<string>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        const how = signal ?? `exit code ${code}`;
        // What it said last may still be on its way.
        if (child.connected) child.once('disconnect', () => resolve(how));
        else resolve(how);
      });
    });
    child.on('message', (message: GraderMessage) => this.#take(child, message));
    this.#limit(child, Math.max(LOAD_SECONDS, this.#options.seconds));
    try {
      child.send(order, () => {});
      const how = await ended;
      return this.#verdict(how);
    } finally {
      clearTimeout(this.#timer);
      process.off('exit', kill);
      kill();
    }
  }

  #take(child: ChildProcess, message: GraderMessage): void {
    if (message.type === 'problem') this.#problem = message.message;
    if (message.type === 'ready') this.#isReady = true;
    if (message.type === 'done') this.#isDone = true;
    // Whatever the program has left running, nobody waits for it.
    if (message.type === 'done' || message.type === 'problem') child.kill('SIGKILL');
    if (message.type === 'running') this.running = message.scenario;
    if (!this.#isLate) this.#limit(child, this.#options.seconds);
    this.#hear(message);
  }

  /** From now on it may take so long until it is heard again. */
  #limit(child: ChildProcess, seconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      child.kill('SIGKILL');
    }, seconds * 1000);
  }

  #verdict(how: string): string | undefined {
    if (this.#problem !== undefined) throw new LabError(this.#problem);
    if (this.#isDone) return undefined;
    const { file, seconds } = this.#options;
    if (!this.#isReady) {
      const why = this.#isLate ? 'was not loaded in time' : `ended while it was loaded (${how})`;
      throw new LabError(`${file}: ${why}: does it do more than export a program?`);
    }
    if (this.#isLate) return `did not come to an end within ${seconds} s: a loop without end?`;
    return `ended its process (${how}): process.exit, or more than ${MEMORY} MiB of memory?`;
  }
}
