/** A chat client that sends numbered messages, one after the other, until it is stopped. */
import type { ChatClient } from '../../chat/client/client.ts';
import { until } from './live-cluster.ts';

/** Messages `message 1`, `message 2` and so on. */
export class MessageStream {
  readonly acknowledged: string[] = [];
  readonly #client: ChatClient;
  readonly #to: string;
  #running = true;
  readonly done: Promise<void>;

  constructor(client: ChatClient, to: string) {
    this.#client = client;
    this.#to = to;
    this.done = this.#run();
  }

  stop(): Promise<void> {
    this.#running = false;
    return this.done;
  }

  /** Waits for `count` more acknowledgements. */
  async more(count: number): Promise<void> {
    const goal = this.acknowledged.length + count;
    await until(() => (this.acknowledged.length >= goal ? true : undefined));
  }

  async #run(): Promise<void> {
    for (let number = 1; this.#running; number++) {
      await this.#client.send(this.#to, `message ${number}`);
      this.acknowledged.push(`message ${number}`);
    }
  }
}
