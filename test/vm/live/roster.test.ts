/** Links follow the roster of their machine: who is linked to, and who is let in. */
import { closers, envelope, type Heard, link, place } from './linked.ts';

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A machine of the cluster `c`, started as the only one. */
async function machine(self: string) {
  const at = await place();
  return { ...link(self, at, [], 's', 'test', 'c'), member: { id: self, url: at.url, incarnation: 0 } };
}

const sees = (heard: Heard, line: string) => heard.until(() => heard.links.at(-1) === line);

test('members that come are linked to, and no longer those that left', async () => {
  const [m1, m2, m3] = [await machine('m1'), await machine('m2'), await machine('m3')];
  const two = { version: 1, members: [m1.member, m2.member] };
  for (const { links } of [m1, m2]) links.follow(two);
  await sees(m1.heard, 'm2 up');
  m1.links.send(['m2', 'm3'], envelope('one'));
  await m2.heard.until(() => m2.heard.messages.length > 0);
  expect(m1.heard.drops).toEqual(['m3 one unreachable']);

  const three = { version: 2, members: [m1.member, m2.member, m3.member] };
  for (const { links } of [m1, m2, m3]) links.follow(three);
  await sees(m1.heard, 'm3 up');
  m1.links.send(['m3'], envelope('two'));
  await m3.heard.until(() => m3.heard.messages.length > 0);

  const last = { version: 3, members: [m1.member, m3.member] };
  m1.links.follow(last);
  await sees(m1.heard, 'm2 down');
  m1.links.send(['m2'], envelope('three'));
  expect(m1.heard.drops.at(-1)).toBe('m2 three unreachable');
  // Its own connection was ended as well, and is refused from now on.
  await m2.heard.until(() =>
    m2.heard.notices.some((line) => /m1 at \S+ refused the link: m1 has no peer m2/.test(line)),
  );
});

test('a member at another address is reached there, and no longer at the former one', async () => {
  const [m1, m2, moved] = [await machine('m1'), await machine('m2'), await machine('m2')];
  const members = (url: string) => [m1.member, { ...m2.member, url }];
  for (const { links } of [m1, m2]) links.follow({ version: 1, members: members(m2.member.url) });
  await sees(m1.heard, 'm2 up');
  for (const { links } of [m1, moved]) links.follow({ version: 2, members: members(moved.member.url) });
  await m1.heard.until(() => m1.heard.links.join() === 'm2 up,m2 down,m2 up');
  m1.links.send(['m2'], envelope('here'));
  await moved.heard.until(() => moved.heard.messages.length > 0);
  expect(m2.heard.messages).toEqual([]);
});

test('a leader that a machine has not heard of yet is let in, and gets answers', async () => {
  const [m1, m2] = [await machine('m1'), await machine('m2')];
  m2.links.follow({ version: 4, members: [m1.member, m2.member] });
  await sees(m2.heard, 'm1 up');
  await sees(m1.heard, 'm2 up');
  m1.links.send(['m2'], envelope('answer'));
  await m2.heard.until(() => m2.heard.messages.length > 0);
  // It does not belong, as it turns out: as late a roster does not have it.
  m1.links.follow({ version: 4, members: [m1.member] });
  await sees(m1.heard, 'm2 down');
  await m2.heard.until(() => m2.heard.notices.some((line) => line.includes('m1 has no peer m2')));
});

test('a later roster does not let in who belongs to another cluster', async () => {
  const m1 = await machine('m1');
  const at = await place();
  const other = link('m2', at, [], 's', 'test', 'd');
  other.links.follow({ version: 9, members: [m1.member, { id: 'm2', url: at.url, incarnation: 0 }] });
  await other.heard.until(() => other.heard.notices.length > 0);
  expect(other.heard.notices[0]).toMatch(/refused the link: the data of m1 belongs to cluster c, that of m2/);
  expect(m1.heard.joins).toEqual([]);
});
