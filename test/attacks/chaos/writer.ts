/**
 * A chat client that sends numbered messages, one after the other, and records the answer to each.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ChatClient } from '../../../chat/client/client.ts';
import { ChatError } from '../../../chat/errors.ts';
import { mailboxAt } from '../../support/mailbox.ts';
import type { Majority } from './majority.ts';

/** How often a wait for an answer is looked at, in milliseconds. */
const LOOK_MS = 50;
/** A wait while a majority is up is slow from so many milliseconds on. */
export const SLOW_MS = 2_000;
const PASSWORD = 'correct horse battery';

/** A writer's messages on one replica, compared with the answers that the writer got. */
export interface Kept {
  readonly lost: number;
  readonly doubled: number;
  readonly outOfOrder: number;
  /** Messages that nobody sent. */
  readonly foreign: number;
}

/**
 * One writer with an account of its own. It writes to itself, so its own mailbox shows what was
 * kept.
 */
export class Writer {
  readonly name: string;
  /** The numbers of the messages that were acknowledged, in the order of their acknowledgements. */
  readonly acknowledged: number[] = [];
  /** The numbers of the messages whose outcome it does not know. */
  readonly uncertain: number[] = [];
  /** Anything but an acknowledgement or "may or may not have happened". */
  readonly refusals: string[] = [];
  /** The longest wait for an answer while a majority was up, in milliseconds. */
  longestWaitMs = 0;
  /** Called once for each wait that is slow, with the writer's name, while it lasts. */
  onSlow: (name: string) => void = () => {};
  readonly #client: ChatClient;
  readonly #majority: Majority;
  #sent = 0;
  #since: number | undefined;
  #isSlow = false;
  #running = true;
  #done: Promise<void> = Promise.resolve();
  readonly #look: NodeJS.Timeout;

  private constructor(name: string, client: ChatClient, majority: Majority) {
    this.name = name;
    this.#client = client;
    this.#majority = majority;
    this.#look = setInterval(() => this.#measure(), LOOK_MS);
  }

  /**
   * A writer that has signed up and begins to write. Its client knows all `servers`, beginning with
   * a different one each.
   */
  static async start(name: string, servers: readonly string[], majority: Majority): Promise<Writer> {
    const client = await ChatClient.connect({ servers });
    await client.signUp(name, PASSWORD);
    const writer = new Writer(name, client, majority);
    writer.#done = writer.#run();
    return writer;
  }

  /** Stops after the message in flight. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
    clearInterval(this.#look);
  }

  /**
   * What the replica at `url` has kept of it. Call it after `stop`, once the replica has applied
   * everything.
   */
  async kept(url: string): Promise<Kept> {
    const numbers = (await mailboxAt(url, this.#client.login!.token, this.acknowledged.length)).map(Number);
    const told = new Set([...this.acknowledged, ...this.uncertain]);
    const has = new Set(numbers);
    return {
      lost: this.acknowledged.filter((number) => !has.has(number)).length,
      doubled: numbers.length - has.size,
      outOfOrder: numbers.filter((number, i) => i > 0 && number < numbers[i - 1]!).length,
      foreign: numbers.filter((number) => !told.has(number)).length,
    };
  }

  close(): void {
    this.#client.close();
  }

  async #run(): Promise<void> {
    while (this.#running) {
      const number = ++this.#sent;
      this.#since = performance.now();
      this.#isSlow = false;
      try {
        await this.#client.send(this.name, String(number));
        this.acknowledged.push(number);
      } catch (error) {
        if (error instanceof ChatError && error.code === 'Indeterminate') this.uncertain.push(number);
        else this.refusals.push(error instanceof Error ? error.message : String(error));
      }
      this.#measure();
      this.#since = undefined;
      // A person's pace, so that half an hour leaves mailboxes that can be read back.
      await pause(20);
    }
  }

  #measure(): void {
    if (this.#since === undefined) return;
    const waitedMs = this.#majority.waited(this.#since);
    this.longestWaitMs = Math.max(this.longestWaitMs, waitedMs);
    if (waitedMs <= SLOW_MS || this.#isSlow) return;
    this.#isSlow = true;
    this.onSlow(this.name);
  }
}
