import { ShareExceeded, Shares } from '../../../../vm/live/pressure/shares.ts';

/** Work that ends when the test says. */
function stuck() {
  let end = () => {};
  const work = () => new Promise<void>((resolve) => (end = resolve));
  return { work, end: () => end() };
}

const flood = { address: 'flood', account: '' };
const modest = { address: 'modest', account: '' };

test('a few run at once; the rest waits in turn; too many are refused', async () => {
  const shares = new Shares({ places: 1, waiting: 2 });
  const first = stuck();
  const running = shares.run(flood, first.work);
  const order: string[] = [];
  const log = (word: string) => async () => void order.push(word);
  const waiting = shares.run(flood, log('flood'));
  const refused = shares.run(flood, log('refused'));
  const passes = shares.run(modest, log('modest'));
  await expect(refused).rejects.toBeInstanceOf(ShareExceeded);
  first.end();
  await Promise.all([running, waiting, passes]);
  expect(order).toEqual(['flood', 'modest']);
});

test('failed work and callers that have gone give their place to the next', async () => {
  const shares = new Shares({ places: 1, waiting: 2 });
  const fails = shares.run(flood, () => Promise.reject(new Error('failed')));
  let done = false;
  const gone = shares.run(
    flood,
    async () => {
      done = true;
    },
    () => true,
  );
  const next = shares.run(modest, async () => 'served');
  await expect(fails).rejects.toThrow('failed');
  await expect(gone).rejects.toBeInstanceOf(ShareExceeded);
  expect(done).toBe(false);
  expect(await next).toBe('served');
  expect(await shares.run(modest, async () => 'again')).toBe('again');
});
