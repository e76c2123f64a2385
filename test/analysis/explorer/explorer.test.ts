/** The explorer in a real browser, as a teacher and a student use it. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { parseLink } from '../../../analysis/explorer/run/link.ts';
import { eventLog } from '../../../analysis/explorer/run/run.ts';
import { withBrowser } from '../../support/browser.ts';
import { type FileServer, serveBuilt } from '../../support/serve.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Compressed, with what it needs to begin. */
const MAX_PAGE_BYTES = 150_000;

const click = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' }).click();
const machine = (page: Page, role: string) => page.locator(`.machine[data-role="${role}"]`);
const caption = (page: Page) => page.getByRole('status', { name: 'What just happened' });
const story = (page: Page) => page.getByRole('status', { name: 'The story' });
const menu = (page: Page) => page.getByRole('dialog');

/** What axe finds on the page as it is: the rule and the element. */
async function findings(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  });
}

/** All that the page shows of the world. */
async function worldShown(page: Page): Promise<string[]> {
  const parts = ['.stage .diagram', '.space-time svg', '.transport output', '.caption'];
  return Promise.all(parts.map((part) => page.locator(part).first().innerHTML()));
}

withBrowser('the explorer', (newPage) => {
  let server: FileServer;
  beforeAll(async () => {
    server = await serveBuilt('explorer');
  });
  afterAll(() => server?.close());

  async function open(hash = '', options = {}): Promise<Page> {
    const page = await newPage({ viewport: { width: 1280, height: 720 }, ...options });
    await page.goto(`${server.url}#${hash}`);
    await page.locator('.diagram').waitFor();
    return page;
  }

  test('plays its opening untouched; then a leader is killed, a message dropped on a branch, and both futures are compared', async () => {
    const page = await open();
    await machine(page, 'leader').waitFor();
    // Its pace is tested where no browser is short of time (gallery.test.ts).
    await page.getByLabel('Speed').selectOption('10');
    await machine(page, 'down').waitFor();
    await story(page).filter({ hasText: 'Your turn' }).waitFor();
    // By keyboard: the machine's menu, and its first act is to write.
    await machine(page, 'leader').focus();
    const leader = (await machine(page, 'leader').getAttribute('data-node'))!;
    await page.keyboard.press('Enter');
    await menu(page)
      .getByRole('button', { name: `Kill ${leader}` })
      .focus();
    await page.keyboard.press('Enter');
    await page.locator(`.machine.down[data-node="${leader}"]`).waitFor();

    // Back to where messages were on their way, and one of them is lost.
    await click(page, 'Pause');
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+ArrowRight');
    await page.locator('.message').first().focus();
    await page.keyboard.press('Space');
    await menu(page).getByRole('textbox', { name: 'What it says' }).waitFor();
    await menu(page).getByRole('button', { name: 'Drop it' }).click();
    await click(page, 'Pause');
    expect(await page.locator('.row').count()).toBe(2);
    await click(page, /^Beside/);
    expect(await page.locator('.stage').count()).toBe(2);
    expect(await page.getByTestId('parting').textContent()).toMatch(
      /^First difference, 0\.\d+ s\. B: .+ A: .+/,
    );
    expect(await findings(page)).toEqual([]);
    // They go in step.
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await click(page, /^Close/);
    expect(await page.locator('.stage').count()).toBe(1);
    expect(await page.locator('.row').count()).toBe(1);
  });

  test('a link brings back the very instant, its branch included, and the log is the one that Node calculates', async () => {
    const page = await open('machines=3&preset=quick&seed=5');
    for (let i = 0; i < 4; i++) await click(page, 'Next change');
    await page.locator('.message').first().click();
    await menu(page).getByRole('button', { name: 'Drop it' }).click();
    await click(page, 'Pause');
    await click(page, 'Next change');
    await click(page, 'Step back');
    await click(page, 'Step');
    await click(page, 'Copy link');
    const shown = await worldShown(page);
    const { hash } = new URL(page.url());
    expect(hash).toContain('lose');

    const other = await open(hash.slice(1));
    expect(await worldShown(other)).toEqual(shown);
    const download = other.waitForEvent('download');
    await click(other, 'Download CSV');
    expect((await download).suggestedFilename()).toBe('raft-3-quick-seed-5.csv');
    expect(await readFile(await (await download).path(), 'utf8')).toBe(eventLog(parseLink(hash)));
  });

  test('the gallery, the text of a scenario and its errors, logs, events and chances', async () => {
    const page = await open();
    await click(page, 'Gallery');
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: /^Figure 8/ }).click();
    await story(page).filter({ hasText: 'n1 led term 2' }).waitFor();
    await page.getByRole('tab', { name: 'Scenario' }).click();
    const text = page.getByRole('textbox', { name: 'Scenario' });
    await text.fill('cluster raft 3 seed 7\nrun untill leader');
    await click(page, 'Run it');
    expect(await page.getByRole('alert').textContent()).toMatch(/^Line 2: /);
    expect(await page.locator('.editor .wrong').first().textContent()).toBe('2\n');
    await text.fill(
      'cluster raft 3 seed 7\n# Mine.\nrun until leader\nput x 1 as a\nrun until answer a is ok',
    );
    await click(page, 'Run it');
    await story(page).filter({ hasText: 'Mine.' }).waitFor();
    await machine(page, 'leader').waitFor();
    await page.getByRole('tab', { name: 'Logs' }).click();
    await page.locator('.logs .committed', { hasText: 'x=1' }).first().waitFor();
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.locator('.events td').first().waitFor();
    await page.getByRole('tab', { name: 'Chances' }).click();
    await click(page, '200 futures from here');
    await page.getByText('200 futures, each').waitFor();
    expect(await page.locator('.chances tr', { hasText: 'somebody leads' }).textContent()).toMatch(/100 %$/);
    expect(await findings(page)).toEqual([]);
  });

  test('the diagram goes to the event that is chosen, and marks what can have caused it', async () => {
    const page = await open('machines=3&preset=quick&seed=5');
    for (let i = 0; i < 6; i++) await click(page, 'Next change');
    const before = await page.locator('.transport output').textContent();
    await page.getByRole('group', { name: /^Space-time diagram/ }).focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowLeft');
    await page.locator('.dot.chosen').first().waitFor();
    expect(await page.locator('.dot.past').count()).toBeGreaterThan(0);
    expect(await page.locator('.transport output').textContent()).not.toBe(before);
    await page.keyboard.press('Escape');
    expect(await page.locator('.dot.chosen').count()).toBe(0);
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

  test('says in one line what is wrong with a link, and shows the opening instead', async () => {
    const page = await open(encodeURI('inputs=[[0,0,{"type":"crash","node":"n9"}]]'));
    expect(await page.locator('.notice').textContent()).toMatch(
      /no machine n9.*; the opening is shown instead\.$/,
    );
    await click(page, 'Step');
    expect(await page.locator('.transport output').textContent()).toMatch(/step 1 of/);
  });

  test('fits a projector and a phone, dark too, and is small enough', async () => {
    const page = await open('machines=7&preset=quick', { colorScheme: 'dark' });
    const height = await page.locator('.space-time').evaluate((end) => end.getBoundingClientRect().bottom);
    expect(height).toBeLessThanOrEqual(720 + 60);
    await page.setViewportSize({ width: 400, height: 800 });
    await page.locator('.stage.narrow').waitFor();
    expect(await page.locator('html').evaluate((html) => html.scrollWidth)).toBeLessThanOrEqual(400);
    await machine(page, 'follower').first().click();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await menu(page).count()).toBe(0);
    const parts = await page
      .locator('script[src], link[rel="stylesheet"]')
      .evaluateAll((elements) =>
        elements.map(
          (element) =>
            (element as unknown as { src?: string; href?: string }).src ||
            (element as unknown as { href: string }).href,
        ),
      );
    let bytes = 0;
    for (const part of parts) bytes += gzipSync(Buffer.from(await (await fetch(part)).arrayBuffer())).length;
    expect(bytes).toBeLessThan(MAX_PAGE_BYTES);
  });
});
