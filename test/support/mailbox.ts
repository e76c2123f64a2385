/** What a chat user has received, according to a single replica. */
import { ChatClient } from '../../chat/client/client.ts';
import { until } from './live-cluster.ts';

/** The texts in the mailbox of the user with `token`, once there are `count`. */
export async function mailboxAt(url: string, token: string, count: number): Promise<string[]> {
  const client = await ChatClient.connect({ servers: [url] });
  const texts: string[] = [];
  client.on('message', ({ text }) => texts.push(text));
  await client.resume(token);
  await client.follow(0);
  await until(() => (texts.length >= count ? true : undefined));
  client.close();
  return texts;
}
