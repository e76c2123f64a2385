/** Servers whose process stands still: their connections stay open, and nothing comes over them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { ChatClient } from '../../chat/client.ts';
import { PASSWORD, TestChat } from './harness.ts';

/** A server that answers until it is silenced, and hears what it is asked all the same. */
class SilentServer {
  readonly asked: string[] = [];
  silent = false;
  readonly #http = createServer();
  readonly #io = new Server(this.#http);
  readonly gone: Promise<unknown>;

  private constructor() {
    this.gone = new Promise((resolve) => {
      this.#io.of('/chat').on('connection', (socket) => {
        socket.emit('welcome', { server: 'r9', replicas: [] });
        socket.on('disconnect', resolve);
        socket.onAny((event: string, _request: unknown, acknowledge: (reply: object) => void) => {
          this.asked.push(event);
          if (!this.silent) acknowledge({ ok: true, value: { name: 'ada' }, replicas: [] });
        });
      });
    });
  }

  static async start(): Promise<SilentServer> {
    const server = new SilentServer();
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await this.#io.close();
  }
}

test('a server that does not answer is asked for a sign of life, and left for another without one', async () => {
  const chat = await TestChat.start('r1');
  const mute = await SilentServer.start();
  try {
    const ada = await chat.user('ada');
    const { token } = await ada.logIn('ada', PASSWORD);
    const client = await ChatClient.connect({ servers: [mute.url, chat.servers[0]!.url] });
    await client.resume(token);
    mute.silent = true;
    const sent = client.send('ada', 'hello');
    await mute.gone;
    // One question, and no second try of the request where nobody answers.
    expect(mute.asked).toEqual(['login.resume', 'session.open', 'cluster']);
    expect((await sent).sequence).toBe(1);
    client.close();
  } finally {
    await chat.stop();
    await mute.close();
  }
});
