/** A bot in the chat: answers everybody who writes to it with their own words, backwards. */
import { ChatClient, ChatError } from 'tickraft/chat';

const servers = (process.argv[2] ?? 'http://127.0.0.1:8081').split(',');
const password = process.env.BOT_PASSWORD ?? 'correct horse battery staple';
const bot = await ChatClient.connect({ servers });
try {
  await bot.signUp('echo', password);
} catch (error) {
  if (!(error instanceof ChatError && error.code === 'NameTaken')) throw error;
  await bot.logIn('echo', password);
}

bot.on('message', async ({ from, text }) => {
  if (from === 'echo') return;
  await bot.send(from, [...text].reverse().join(''));
  console.log(`answered ${from}`);
});
await bot.follow(0);
console.log('echo is here: write to it');
process.once('SIGINT', () => bot.close());
