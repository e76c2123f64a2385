/** A chat client that sends numbered messages, one after the other, until it is stopped. */
import { ChatClient } from '../../chat/client/client.ts';

/** Messages `message 1`, `message 2` and so on, from ada to grace. */
export class MessageStream {
  readonly acknowledged: string[] = [];
  /** Of grace's login: who reads her mailbox. */
  readonly token: string;
  readonly #client: ChatClient;
  #running = true;
  /** Waits for so many acknowledgements. */
  #waiting: { readonly goal: number; readonly resolve: () => void }[] = [];
  readonly #done: Promise<void>;

  private constructor(client: ChatClient, token: string) {
    this.#client = client;
    this.token = token;
    this.#done = this.#run();
  }

  /** Signs both up with a cluster, and begins to send. */
  static async start(servers: readonly string[]): Promise<MessageStream> {
    const ada = await ChatClient.connect({ servers });
    const grace = await ChatClient.connect({ servers });
    await ada.signUp('ada', 'correct horse');
    const { token } = await grace.signUp('grace', 'battery staple');
    grace.close();
    return new MessageStream(ada, token);
  }

  /** Stops after the message under way, and disconnects. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
    this.#client.close();
  }

  /** Waits for `count` more acknowledgements. Rejects if a message was not acknowledged. */
  async more(count: number): Promise<void> {
    const goal = this.acknowledged.length + count;
    await Promise.race([this.#done, new Promise<void>((resolve) => this.#waiting.push({ goal, resolve }))]);
  }

  async #run(): Promise<void> {
    for (let number = 1; this.#running; number++) {
      await this.#client.send('grace', `message ${number}`);
      this.acknowledged.push(`message ${number}`);
      const { length } = this.acknowledged;
      for (const { goal, resolve } of this.#waiting) if (length >= goal) resolve();
      this.#waiting = this.#waiting.filter(({ goal }) => length < goal);
    }
  }
}
