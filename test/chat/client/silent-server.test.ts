/** Servers whose process is stopped: their connections stay open, and nothing comes over them. */
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import { Server } from 'socket.io';
import { ChatClient } from '../../../chat/client/client.ts';
import { PASSWORD, TestChat } from '../harness.ts';

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

test('a server that takes a connection and says nothing is not waited for while another answers', async () => {
  const chat = await TestChat.start('r1');
  const taken: Socket[] = [];
  let left = 0;
  // It is given up after a second.
  const mute = createNetServer((socket) => {
    taken.push(
      socket
        .on('error', () => {})
        .on('end', () => left++)
        .resume(),
    );
  });
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  let client: ChatClient | undefined;
  try {
    await chat.user('ada');
    const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    client = await ChatClient.connect({ servers: [url, chat.servers[0]!.url] });
    expect({ taken: taken.length, left }).toEqual({ taken: 1, left: 0 });
    await client.logIn('ada', PASSWORD);
  } finally {
    client?.close();
    for (const socket of taken) socket.destroy();
    await new Promise((resolve) => mute.close(resolve));
    await chat.stop();
  }
});
