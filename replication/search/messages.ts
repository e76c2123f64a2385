/** What is on its way: messages, each kept once, and the queues of the links, each kept once. */
import { type Fingerprint, fingerprint, textOf } from './fingerprint.ts';

/** A message by its sender and contents; how often it was sent, and when, makes no difference. */
export interface Message extends Fingerprint {
  readonly id: number;
  /** The sender's place among the machines. */
  readonly from: number;
  readonly body: unknown;
}

/** What is on its way over one link, oldest first. */
export interface Queue extends Fingerprint {
  readonly id: number;
  readonly link: number;
  readonly messages: readonly Message[];
  /** What it is once its oldest message has left, and with each message added, once asked for. */
  shifted: Queue | undefined;
  readonly pushed: Map<Message, Queue>;
}

const NO_TIMES: ReadonlySet<string> = new Set();

/** All messages and queues of a search. */
export class Messages {
  /** Queues by their ids. */
  readonly queues: Queue[] = [];
  readonly #messages = new Map<string, Message>();
  readonly #queues = new Map<string, Queue>();

  message(from: number, body: unknown): Message {
    const key = `${from} ${textOf(body, 0, NO_TIMES)}`;
    const known = this.#messages.get(key);
    if (known !== undefined) return known;
    const message = { id: this.#messages.size, from, body, ...fingerprint(key) };
    this.#messages.set(key, message);
    return message;
  }

  queue(link: number, messages: readonly Message[]): Queue {
    const key = `${link}:${messages.map(({ id }) => id).join()}`;
    const known = this.#queues.get(key);
    if (known !== undefined) return known;
    // By what they say: the numbers of messages differ from one worker to the next.
    const said = messages.map(({ a, b }) => `${a}.${b}`).join();
    const queue = {
      ...{ id: this.queues.length, link, messages, ...fingerprint(`link ${link}:${said}`) },
      ...{ shifted: undefined, pushed: new Map() },
    };
    this.queues.push(queue);
    this.#queues.set(key, queue);
    return queue;
  }

  /** Without its oldest message. */
  shift(queue: Queue): Queue {
    queue.shifted ??= this.queue(queue.link, queue.messages.slice(1));
    return queue.shifted;
  }

  push(queue: Queue, message: Message): Queue {
    const known = queue.pushed.get(message);
    if (known !== undefined) return known;
    const longer = this.queue(queue.link, [...queue.messages, message]);
    queue.pushed.set(message, longer);
    return longer;
  }
}
