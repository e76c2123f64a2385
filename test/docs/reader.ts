/**
 * A reader of the guide: has a folder, saves the files that the guide shows, and runs the `sh`
 * blocks in order. The standard output of commands is compared with the `text` block below
 * (progress is on standard error).
 *
 * A block `sh background` is a terminal of its own: the reader waits until it has printed what the
 * guide shows; it runs to the end of the chapter, and is ended as by Ctrl-C. Ports 8081 to 8089
 * stand for free ones, and PID for the process of the leader.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../support/live-cluster.ts';
import { type Block, misfit, type SavedFile } from './blocks.ts';
import { ROOT } from './documents.ts';

const PORTS = 9;

/** What the tools are that a reader has, in the project's folder. */
const TOOLS = {
  npx: `case "$1" in
  tickraft) shift; exec "${process.execPath}" "${ROOT}dist/cli.js" "$@" ;;
  tsx) shift
    # Run as the compiler has left it, where it has: that is quicker.
    if [ -f "\${1%.ts}.js" ]; then file=\${1%.ts}.js; shift; exec "${process.execPath}" "$file" "$@"; fi
    exec "${ROOT}node_modules/.bin/tsx" "$@" ;;
  *) tool=$1; shift; exec "${ROOT}node_modules/.bin/$tool" "$@" ;;
esac`,
  npm: `test "$*" = ci`,
};

/** A terminal of its own. */
interface Background {
  readonly block: Block;
  readonly child: ChildProcess;
  output: string;
}

/** A reader at work. */
export class Reader {
  /** The folder that commands are typed in. */
  readonly folder = mkdtempSync(join(tmpdir(), 'tickraft-guide-'));
  readonly #tools = join(this.folder, '.tools');
  readonly #firstPort: number;
  #running: Background[] = [];

  private constructor(firstPort: number) {
    this.#firstPort = firstPort;
    const packages = join(this.folder, 'node_modules');
    mkdirSync(packages);
    symlinkSync(ROOT, join(packages, 'tickraft'), 'junction');
    for (const name of ['examples', 'test'])
      symlinkSync(join(ROOT, name), join(this.folder, name), 'junction');
    for (const name of ['@types', 'typescript'])
      symlinkSync(join(ROOT, 'node_modules', name), join(packages, name), 'junction');
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }\n');
    mkdirSync(this.#tools);
    for (const [name, script] of Object.entries(TOOLS))
      writeFileSync(join(this.#tools, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  static async begin(): Promise<Reader> {
    return new Reader(await freePorts(PORTS));
  }

  save({ name, text }: SavedFile): void {
    writeFileSync(join(this.folder, name), this.#onFreePorts(text));
  }

  /** Runs an `sh` block, and compares what it prints with what is `shown`. */
  async type(block: Block, shown: string | undefined): Promise<void> {
    const child = await this.#start(block);
    let [output, errors] = ['', ''];
    child.stdout!.on('data', (chunk) => (output += chunk));
    child.stderr!.on('data', (chunk) => (errors += chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0)
      throw new Error(`line ${block.line} ended with ${code}:\n${block.text}\n${output}\n${errors}`);
    if (shown === undefined) return;
    const line = misfit(this.#onFreePorts(shown), output);
    if (line !== undefined)
      throw new Error(`line ${block.line}: ${block.text}\nshould print\n${line}\nbut printed\n${output}`);
  }

  /** Starts an `sh background` block, and waits until it has printed what is `shown`. */
  async typeElsewhere(block: Block, shown: string): Promise<void> {
    const child = await this.#start(block);
    const background: Background = { block, child, output: '' };
    this.#running.push(background);
    const expected = this.#onFreePorts(shown);
    await new Promise<void>((resolve, reject) => {
      child.stdout!.on('data', (chunk) => {
        background.output += chunk;
        if (misfit(expected, background.output) === undefined) resolve();
      });
      let errors = '';
      child.stderr!.on('data', (chunk) => (errors += chunk));
      child.once('close', () =>
        reject(
          new Error(`line ${block.line} ended too early:\n${block.text}\n${background.output}\n${errors}`),
        ),
      );
    });
  }

  /** Ctrl-C in every terminal that is still busy, the last one first. */
  async endAll(): Promise<void> {
    for (let last = this.#running.at(-1); last !== undefined; last = this.#running.at(-1)) {
      const { child } = last;
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'close');
        process.kill(-child.pid!, 'SIGINT');
        await ended;
      }
      this.#running.pop();
    }
  }

  /** Leaves nothing behind, whatever happened. */
  leave(): void {
    for (const { child } of this.#running) {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A shell that carries a block out, in a process group of its own, as a terminal does. */
  async #start({ text }: Block): Promise<ChildProcess> {
    const pid = /\bPID\b/.test(text) ? await this.#leaderPid() : undefined;
    const commands = this.#onFreePorts(text).replaceAll(/\bPID\b/g, String(pid));
    return spawn('bash', ['-euo', 'pipefail', '-c', commands], {
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NO_COLOR: '1',
        NODE_OPTIONS: '',
        PATH: `${this.#tools}:${process.env.PATH}`,
        // Where no port is said; it would count more than one in a file of options.
        ...(/tickraft up/.test(text) && { TICKRAFT_PORT: String(this.#firstPort) }),
        TICKRAFT_SERVER: (await this.#alive())[0] ?? this.#url(0),
      },
    });
  }

  #onFreePorts(text: string): string {
    return text.replaceAll(/\b808([1-9])\b/g, (_, n: string) => String(this.#firstPort + Number(n) - 1));
  }

  #url(i: number): string {
    return `http://127.0.0.1:${this.#firstPort + i}`;
  }

  /** Where replicas answer: a reader whose replica died asks the next one. */
  async #alive(): Promise<string[]> {
    const urls = Array.from({ length: PORTS }, (_, i) => this.#url(i));
    const answers = await Promise.all(urls.map((url) => statusAt(url)));
    return urls.filter((_, i) => answers[i] !== undefined);
  }

  /** The process of the replica that leads, once one does. */
  async #leaderPid(): Promise<number> {
    for (;;) {
      const statuses = await Promise.all((await this.#alive()).map((url) => statusAt(url)));
      const leader = statuses.find((status) => status?.role === 'leader');
      if (leader !== undefined) return leader.pid;
    }
  }
}

async function statusAt(url: string): Promise<{ readonly pid: number; readonly role: string } | undefined> {
  try {
    return (await (await fetch(`${url}/status`)).json()) as { pid: number; role: string };
  } catch {
    return undefined;
  }
}
