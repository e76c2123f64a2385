import { runChatSeed } from './campaign.ts';

// `npm run campaign:chat` runs a thousand.
test.each(Array.from({ length: 12 }, (_, seed) => seed))('the chat under faults, seed %i', (seed) => {
  const { wrong, commands, reads, faults } = runChatSeed(seed);
  expect(wrong).toBeUndefined();
  expect(commands).toBeGreaterThan(20);
  expect(reads).toBeGreaterThan(0);
  expect(faults).toBeGreaterThan(0);
});
