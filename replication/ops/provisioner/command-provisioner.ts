/**
 * Replicas that a command starts and stops, wherever it likes.
 *
 * It is run as `COMMAND start`, `COMMAND stop` or `COMMAND list`, with one JSON document on its
 * standard input: `{"plan","id","zone","join"}` for start, `{"id"}` for stop, `{}` for list. `join`
 * has the addresses of members, for the `--join` of the replica. `list` prints a JSON array of
 * `{"plan","id","isRunning","url"}`; `url` is where the replica is reached. It ends with exit code
 * 0, or with another and one line on standard error. Like every provisioner it must start nothing
 * twice for one plan.
 */
import { spawn } from 'node:child_process';
import { z } from 'zod';
import { printable, reason } from '../../../vm/index.ts';
import { checkSpec, type Provisioned, type Provisioner, type ReplicaSpec, urlSchema } from './provisioner.ts';

/** How long a command may run, in milliseconds, and how much it may print, in bytes. */
const TIME_MS = 60_000;
const OUTPUT_BYTES = 2 ** 20;

const listSchema = z.array(
  z.object({ plan: z.string(), id: z.string(), isRunning: z.boolean(), url: urlSchema.optional() }),
);

/** Runs a command of the operator's. */
export class CommandProvisioner implements Provisioner {
  readonly #command: string;

  /** `command`: as a shell takes it, before the verb. */
  constructor(command: string) {
    this.#command = command;
  }

  async start(spec: ReplicaSpec): Promise<void> {
    checkSpec(spec);
    // A command that answers late was not started in vain: it is asked before it is told again.
    if ((await this.list()).some(({ plan }) => plan === spec.plan)) return;
    await this.#run('start', spec);
  }

  async stop(id: string): Promise<void> {
    await this.#run('stop', { id });
  }

  async list(): Promise<readonly Provisioned[]> {
    const text = await this.#run('list', {});
    try {
      return listSchema.parse(JSON.parse(text));
    } catch {
      throw new Error(`${this.#command} list printed no list of replicas`);
    }
  }

  /** What the command prints. */
  async #run(verb: string, input: object): Promise<string> {
    const what = `${this.#command} ${verb}`;
    const child = spawn(what, { shell: true, stdio: ['pipe', 'pipe', 'pipe'], timeout: TIME_MS });
    // It need not read what it is given.
    child.stdin.on('error', () => {});
    child.stdin.end(`${JSON.stringify(input)}\n`);
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      out += part;
      if (out.length > OUTPUT_BYTES) child.kill('SIGKILL');
    });
    child.stderr
      .setEncoding('utf8')
      .on('data', (part: string) => (err = (err + part).slice(0, OUTPUT_BYTES)));
    const ended = await new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => resolve(reason(error)));
      child.once('close', (code, signal) =>
        resolve(code === 0 ? undefined : `${signal ?? `exit code ${code}`}`),
      );
    });
    if (ended === undefined) return out;
    const [line = ''] = err.trim().split('\n');
    throw new Error(`${what} failed (${ended})${line === '' ? '' : `: ${printable(line)}`}`);
  }
}
