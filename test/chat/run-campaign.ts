/** `npm run campaign:chat [SEEDS] [FIRST]`: the chat under faults, seed after seed. */
import { runChatSeed } from './campaign.ts';

const [seeds = 1_000, first = 0] = process.argv.slice(2).map(Number);
const sums = { commands: 0, reads: 0, faults: 0 };
let wrongs = 0;
for (let seed = first; seed < first + seeds; seed++) {
  const { wrong, commands, reads, faults } = runChatSeed(seed);
  sums.commands += commands;
  sums.reads += reads;
  sums.faults += faults;
  if (wrong === undefined) continue;
  wrongs++;
  console.log(`seed ${seed}: ${wrong}`);
}
console.log(`${seeds} seeds, ${wrongs} wrong:`, sums);
process.exitCode = wrongs === 0 ? 0 : 1;
