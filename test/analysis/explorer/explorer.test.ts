import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { Page } from 'playwright-core';
import { parseLink } from '../../../analysis/explorer/link.ts';
import { eventLog } from '../../../analysis/explorer/run.ts';
import { fromRow } from '../../../logs/format/schema.ts';
import { withBrowser } from '../../support/browser.ts';
import { type FileServer, serveBuilt } from '../../support/serve.ts';

const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const press = (page: Page, key: string) => page.keyboard.press(key);
const cards = (page: Page, role: string) => page.locator(`article[data-role="${role}"]`);
const caption = (page: Page) => page.getByRole('status', { name: 'What just happened' });
const instant = (page: Page) => page.locator('output').textContent();

async function machineOf(page: Page, role: string): Promise<string> {
  const heading = await cards(page, role).locator('h3').textContent();
  return heading!.split(' ')[0]!;
}

/** Plays, as fast as it goes, until the condition holds. */
async function playUntil(page: Page, condition: () => Promise<unknown>): Promise<void> {
  await page.getByLabel('Speed').selectOption('10');
  await click(page, 'Play');
  await condition();
  await click(page, 'Pause');
  // The picture is drawn a moment after the click; only then does it stand still.
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
}

/** All that the page shows of the world. */
async function worldShown(page: Page): Promise<string[]> {
  const parts = ['.diagram', '.cards', '.logs', '.events', '.caption'];
  return Promise.all(parts.map((part) => page.locator(part).innerHTML()));
}

withBrowser('the explorer', (newPage) => {
  let server: FileServer;
  beforeAll(async () => {
    server = await serveBuilt('explorer');
  });
  afterAll(() => server?.close());

  async function open(hash = '', options = {}): Promise<Page> {
    const page = await newPage(options);
    await page.goto(`${server.url}#${hash}`);
    await page.locator('.diagram').waitFor();
    return page;
  }

  test('plays until there is a leader and, after that one is killed, another one', async () => {
    const page = await open();
    await playUntil(page, () => cards(page, 'leader').waitFor());
    const first = await machineOf(page, 'leader');

    await click(page, `Kill ${first}`);
    expect(await machineOf(page, 'down')).toBe(first);
    expect(await caption(page).textContent()).toBe(`${first} is killed: its memory is gone, its disk stays.`);
    await playUntil(page, () => cards(page, 'leader').waitFor());
    expect(await machineOf(page, 'leader')).not.toBe(first);

    await click(page, `Restart ${first}`);
    await cards(page, 'down').waitFor({ state: 'detached' });
  });

  test('shows how a put value reaches every log and all data', async () => {
    const page = await open('machines=3');
    await page.getByRole('textbox', { name: 'Value' }).fill('42');
    await page.getByLabel('At machine').selectOption('n2');
    await page.getByRole('button', { name: 'Put', exact: true }).click();
    expect(await caption(page).textContent()).toBe('A client asks n2: put x = 42.');
    await playUntil(page, () => page.locator('article', { hasText: 'x = 42' }).nth(2).waitFor());
    expect(await page.locator('.entry.committed', { hasText: 'x=42' }).count()).toBe(3);
  });

  test('a step back shows the previous instant, in every detail', async () => {
    const page = await open();
    await playUntil(page, () => cards(page, 'leader').waitFor());
    await click(page, 'Step');
    for (let i = 0; i < 5; i++) {
      const before = await worldShown(page);
      await click(page, 'Step');
      expect(await worldShown(page)).not.toEqual(before);
      await click(page, 'Step back');
      expect(await worldShown(page)).toEqual(before);
      await click(page, 'Next change');
    }
  });

  test('another action in the past creates a second timeline and keeps the first', async () => {
    const page = await open();
    for (let i = 0; i < 30; i++) await press(page, 'ArrowRight');
    const first = await worldShown(page);
    for (let i = 0; i < 10; i++) await press(page, 'ArrowLeft');
    await click(page, 'Kill n1');
    for (let i = 0; i < 20; i++) await press(page, 'ArrowRight');
    expect(await worldShown(page)).not.toEqual(first);

    await page.getByLabel('A: as it was').check();
    for (let i = 0; i < 10; i++) await click(page, 'Step');
    expect(await worldShown(page)).toEqual(first);
    await page.getByLabel('B: n1 is killed').check();
    expect(await machineOf(page, 'down')).toBe('n1');
  });

  test('cuts a machine off and reconnects it', async () => {
    const page = await open();
    await click(page, 'Cut off n2');
    expect(await caption(page).textContent()).toBe('The network is split: n1 n3 n4 n5 | n2.');
    expect(await page.locator('.link.cut').count()).toBe(4);
    await page.getByRole('checkbox', { name: 'n4' }).check();
    await page.getByRole('checkbox', { name: 'n5' }).check();
    await click(page, 'Split');
    expect(await page.locator('.link.cut').count()).toBe(8);
    await click(page, 'Reconnect n2');
    expect(await page.locator('.link.cut').count()).toBe(6);
    await click(page, 'Heal');
    expect(await page.locator('.link.cut').count()).toBe(0);
  });

  test('damages a disk, which its machine does not start from until that is repaired', async () => {
    const page = await open('machines=3&preset=quick&seed=5');
    await click(page, 'Put');
    await playUntil(page, () => page.locator('article', { hasText: 'x = 1' }).nth(2).waitFor());
    await page.getByLabel('For machine').selectOption('n2');
    await click(page, 'Damage disk');
    await click(page, 'Kill n2');
    await click(page, 'Restart n2');
    expect(await machineOf(page, 'down')).toBe('n2');
    await page.getByText('it does not start like that').waitFor();
    // Whatever is damaged, its data stands for all of the log: no part of it would do.
    await click(page, 'Drop its tail');
    expect(await page.locator('.notice').textContent()).toMatch(/^Not repaired: n2: .+start empty\.$/);

    await click(page, 'Empty it');
    await click(page, 'Restart n2');
    await cards(page, 'down').waitFor({ state: 'detached' });
    const learning = page.getByText('counts for nothing yet');
    await learning.waitFor();
    // One step back is before all of that, and one on is after all of it.
    const repaired = await page.locator('.cards').innerHTML();
    await click(page, 'Step back');
    expect(await learning.count()).toBe(0);
    expect(await cards(page, 'down').count()).toBe(0);
    await click(page, 'Step');
    expect(await page.locator('.cards').innerHTML()).toBe(repaired);
    await playUntil(page, () => learning.waitFor({ state: 'detached' }));
  });

  test('takes a disk away', async () => {
    const page = await open('machines=3&preset=quick&seed=5');
    await playUntil(page, () => cards(page, 'leader').waitFor());
    await click(page, 'Lose disk');
    await page.getByText('Its memory is gone, and so is its disk.').waitFor();
    expect(await page.getByRole('button', { name: 'Damage disk' }).isDisabled()).toBe(true);
    await click(page, 'Restart n1');
    await page.getByText('counts for nothing yet').waitFor();
  });

  test('fills a disk, clogs a link and sets a clock, and takes each back', async () => {
    const page = await open('machines=3&preset=quick&seed=5');
    await playUntil(page, () => cards(page, 'leader').waitFor());
    const leader = await machineOf(page, 'leader');
    await page.getByLabel('For machine').selectOption(leader);
    await click(page, 'Fill disk');
    await page.locator('article', { hasText: 'Diskfull' }).waitFor();
    await click(page, 'Free disk');
    expect(await caption(page).textContent()).toBe(
      `${leader}'s disk has space again: what waited is written.`,
    );

    await click(page, 'Clog');
    await playUntil(page, () => page.locator('.clog', { hasText: /[1-9]/ }).waitFor());
    const kept = Number(await page.locator('.clog .count').textContent());
    const underWay = await page.locator('.message').count();
    await click(page, 'Free');
    expect(await page.locator('.clog').count()).toBe(0);
    expect(await page.locator('.message').count()).toBe(underWay + kept);

    await click(page, 'Clock back 20');
    const said = `${leader}'s clock is set back: it stops for 20 ticks.`;
    expect(await caption(page).textContent()).toBe(said);
    await page.getByText(', stopped for 20').waitFor();
    await click(page, 'Clock on 20');
    expect(await page.getByText(', stopped for').count()).toBe(0);
  });

  test('is worked by the keyboard', async () => {
    const page = await open();
    await press(page, 'ArrowRight');
    await press(page, 'ArrowRight');
    expect(await instant(page)).toMatch(/step 2 of 2$/);
    await press(page, 'ArrowLeft');
    expect(await instant(page)).toMatch(/step 1 of 2$/);
    await press(page, 'Shift+ArrowRight');
    await page.getByRole('status').filter({ hasText: 'election timer ran out' }).waitFor();
    await press(page, 'Space');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await press(page, 'Space');
    await page.getByRole('button', { name: 'Play' }).waitFor();
    await press(page, 'Home');
    expect(await instant(page)).toMatch(/^0\.000 s · step 0 of/);
  });

  test('opens a message and says what is in it', async () => {
    const page = await open();
    await click(page, 'Next change');
    const message = page.getByRole('button', { name: /^PreVote from n\d to n1$|^PreVote from n1 to n2$/ });
    await message.focus();
    await press(page, 'Enter');
    expect(await page.getByRole('region', { name: 'Message' }).textContent()).toContain('"preVote": true');
  });

  test('the space bar opens the message that has the focus, and plays nothing', async () => {
    const page = await open();
    await click(page, 'Next change');
    await page
      .getByRole('button', { name: /^PreVote from/ })
      .first()
      .focus();
    await press(page, 'Space');
    const contents = page.getByRole('region', { name: 'Message' });
    expect(await contents.textContent()).toContain('(on its way)');
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0);
    for (let i = 0; i < 3; i++) await press(page, 'Home');
    expect(await contents.textContent()).toContain('(not sent yet)');
    // In another world there is no such message.
    await click(page, 'Next seed');
    expect(await contents.count()).toBe(0);
  });

  test('says what a full disk does to a machine that is off, and that a new cluster counts', async () => {
    const page = await open('machines=3&preset=quick&seed=5');
    expect(await page.getByText('counts for nothing yet').count()).toBe(0);
    await click(page, 'Fill disk');
    await click(page, 'Kill n1');
    expect(await cards(page, 'down').textContent()).toContain('It is full.');
    await click(page, 'Free disk');
    expect(await cards(page, 'down').textContent()).not.toContain('It is full.');
  });

  test('a notice goes with the run that it was about', async () => {
    const page = await open('machines=4');
    const notice = page.locator('.notice');
    expect(await notice.textContent()).toMatch(/does not describe a run/);
    await click(page, 'Start over');
    expect(await notice.textContent()).toBe('');
  });

  test('a seed that cannot be is refused in words, and changes nothing', async () => {
    const page = await open();
    await click(page, 'Step');
    const seed = page.getByLabel('Seed');
    await seed.fill('-5');
    await seed.press('Tab');
    expect(
      await seed.evaluate((input) => (input as unknown as { validationMessage: string }).validationMessage),
    ).not.toBe('');
    expect(await instant(page)).toMatch(/step 1 of 1$/);
  });

  test('a link brings back the very instant, and its log is the one that Node calculates', async () => {
    const page = await open('machines=3&preset=quick&seed=5');
    await playUntil(page, () => cards(page, 'leader').waitFor());
    await click(page, 'Put');
    await click(page, 'Next change');
    await click(page, `Kill ${await machineOf(page, 'leader')}`);
    await click(page, 'Next change');
    await click(page, 'Copy link');
    const shown = await worldShown(page);
    const link = page.url();

    const other = await open(new URL(link).hash.slice(1));
    expect(await worldShown(other)).toEqual(shown);
    const download = other.waitForEvent('download');
    await click(other, 'Download CSV');
    expect((await download).suggestedFilename()).toBe('raft-3-quick-seed-5.csv');
    const csv = await readFile(await (await download).path(), 'utf8');
    expect(csv).toBe(eventLog(parseLink(new URL(link).hash)));
    const [, ...rows] = parse(csv) as string[][];
    const events = rows.map(fromRow);
    expect(events.some(({ event, role }) => event === 'role' && role === 'leader')).toBe(true);
    expect(events.some(({ event, kind }) => event === 'fault' && kind === 'crash')).toBe(true);
  });

  test('adds a machine, which learns and then votes, and removes it; back and a link bring it back', async () => {
    const page = await open('machines=3&preset=quick&seed=5');
    await playUntil(page, () => cards(page, 'leader').waitFor());
    const members = page.getByTestId('members');
    const words = page.locator('.machine .member');
    await click(page, 'Add n4');
    await page.getByRole('article', { name: 'Machine n4' }).waitFor();
    expect(await words.allTextContents()).toEqual(['learner, catching-up']);
    expect(await members.textContent()).toMatch(
      /^Members as n\d counts \(entry \d+\): n1 n2 n3 vote; n4 only learns/,
    );
    const learning = await instant(page);
    await playUntil(page, () => members.filter({ hasText: 'n1 n2 n3 n4 vote.' }).waitFor());
    expect(await words.count()).toBe(0);
    await page.getByLabel('Member', { exact: true }).selectOption('n4');
    await click(page, 'Remove');
    await playUntil(page, () => members.filter({ hasText: 'n1 n2 n3 vote.' }).waitFor());
    expect(await words.allTextContents()).toEqual(['no member']);
    // A link is about a step; playing stops between two.
    await click(page, 'Step');
    await click(page, 'Copy link');
    const shown = await worldShown(page);
    const other = await open(new URL(page.url()).hash.slice(1));
    expect(await worldShown(other)).toEqual(shown);
    expect(learning).not.toBe(await instant(other));
    await press(other, 'Home');
    expect(await other.locator('.machine').count()).toBe(3);
  });

  test.each([
    ['machines=4', /this link does not describe a run: machines/],
    ['inputs=[[0,0,{"type":"crash","node":"n9"}]]', /no machine n9/],
    ['inputs=[[5,0,{"type":"heal"}]]', /nothing can be done at step 5/],
    ['inputs=[[', /this link does not describe a run: inputs/],
    ['steps=1e99', /this link does not describe a run: steps/],
  ])('says in one line what is wrong with the link %s', async (hash, message) => {
    const page = await open(encodeURI(hash));
    const notice = await page.locator('.notice').textContent();
    expect(notice).toMatch(message);
    expect(notice).not.toContain('\n');
    await click(page, 'Step');
    expect(await instant(page)).toMatch(/step 1 of 1$/);
  });

  test('teaches logical clocks too: the larger of both, plus one', async () => {
    const page = await open('program=clocks&machines=3&seed=2');
    const rule = /Its own clock was (\d+), the message says (\d+): the larger of both, plus one, is (\d+)\./;
    let said: RegExpExecArray | null = null;
    for (let i = 0; i < 50 && said === null; i++) {
      await click(page, 'Next change');
      said = rule.exec((await caption(page).textContent()) ?? '');
    }
    const [own, stamp, now] = said!.slice(1).map(Number);
    expect(now).toBe(Math.max(own!, stamp!) + 1);
  });

  test.each([400, 1280])('fits a window %i pixels wide', async (width) => {
    const page = await open('machines=7', { viewport: { width, height: 800 } });
    await playUntil(page, () => cards(page, 'leader').waitFor());
    const scrollWidth = await page.locator('html').evaluate((html) => html.scrollWidth);
    expect(scrollWidth).toBeLessThanOrEqual(width);
  });
});
