/** The page of a sweep, in a browser. */
import { join } from 'node:path';
import { parseGrid } from '../../../../analysis/clocks/sweep/grid.ts';
import { sweep } from '../../../../analysis/clocks/sweep/sweep.ts';
import { sweepPage } from '../../../../analysis/clocks/sweep/sweep-page.ts';
import { removeTemporary, temporaryFolder } from '../../../logs/temporary.ts';
import { withBrowser } from '../../../support/browser.ts';

afterAll(removeTemporary);

withBrowser('the page of a sweep', (newPage) => {
  let html = '';

  beforeAll(async () => {
    const flags = {
      seconds: '10',
      runs: '3',
      seed: '1',
      stamp: 'after',
      vector: false,
      live: false,
      out: 'x',
    };
    const cells = parseGrid({ ...flags, machines: '2,3', rates: '1-6,3-4', internal: '7/10' });
    html = sweepPage(await sweep(join(temporaryFolder(), 'out'), cells, () => {}));
  }, 60_000);

  test.each([1280, 400])('at %i pixels nothing is wider than the window', async (width) => {
    const page = await newPage({ viewport: { width, height: 800 } });
    await page.setContent(html);
    expect(await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')).toBe(false);
    expect(await page.locator('figure').count()).toBe(11);
    // A line a setting, a dot a repetition.
    expect(await page.locator('figure').first().locator('.run').count()).toBe(4 * 3);
    expect(await page.locator('h2').allTextContents()).toEqual([
      '3 machines instead of 2',
      'rates 3-4 instead of 1-6',
      'The numbers',
      'The runs',
    ]);
    expect(await page.locator('h3').allTextContents()).toEqual([
      'Jumps of the clocks',
      'Gaps in the clocks',
      'Drift between the machines',
      'Queues',
    ]);
    // Every plot has its numbers as text, for those who cannot see it.
    const told = await page.locator('figure svg').evaluateAll((all) => all.map((one) => one.ariaLabel));
    expect(told).toHaveLength(11);
    expect(told[0]).toMatch(/^jump, mean\. machines 2, rates 1-6: [\d.]+ ± [\d.]+; /);
  });

  test('the name of a number stays visible while its table scrolls', async () => {
    const page = await newPage({ viewport: { width: 400, height: 800 } });
    await page.setContent(html);
    const table = page.locator('.wide').first();
    expect(await table.evaluate((one) => one.scrollWidth > one.clientWidth)).toBe(true);
    const name = table.locator('tbody td').first();
    const before = (await name.boundingBox())!;
    await table.evaluate((one) => one.scrollBy(150, 0));
    expect((await name.boundingBox())!.x).toBeCloseTo(before.x, 0);
    // The last column can be reached with keys.
    await table.evaluate((one) => one.scrollTo(0, 0));
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('wide');
  });

  test('the runs are listed on paper', async () => {
    const page = await newPage({ viewport: { width: 1000, height: 800 } });
    await page.setContent(html);
    const run = page.locator('details tbody tr').first();
    expect(await run.isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect(await run.isVisible()).toBe(true);
  });

  test('dark and light themes differ, and paper is light', async () => {
    const page = await newPage({ colorScheme: 'dark' });
    await page.setContent(html);
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await paper()).toBe('rgb(21, 24, 27)');
    await page.emulateMedia({ media: 'print' });
    expect(await paper()).toBe('rgb(255, 255, 255)');
  });
});
