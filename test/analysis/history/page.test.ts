/** The page of `tickraft check --html`, in a browser. */
import { checkHistory } from '../../../analysis/history/check-history.ts';
import { historyPage } from '../../../analysis/history/page.ts';
import { parseHistory } from '../../../analysis/history/read-history.ts';
import { tickraftHistory } from '../../../analysis/history/tickraft-history.ts';
import { withBrowser } from '../../support/browser.ts';
import { atomicHistory, type Op } from '../linearizability/atomic.ts';

function pageOf(operations: readonly Op[]): string {
  const history = parseHistory(tickraftHistory(operations, null), 'h', 'tickraft', { failedCas: 'nothing' });
  const budget = { ms: 60_000, now: () => performance.now() };
  const report = checkHistory(history, 'h', { model: undefined, initial: undefined, budget });
  return historyPage(report, history.operations);
}

/** A long history on one register whose last read is stale. */
function stalePage(): string {
  const operations: Op[] = atomicHistory(3, { operations: 400, clients: 6, pending: 0.02 });
  const at = Math.max(...operations.map(({ calledAt, returnedAt = calledAt }) => returnedAt)) + 1;
  const input = { type: 'read', key: 'k1' } as const;
  operations.push({
    client: 'late',
    calledAt: at,
    returnedAt: at + 1,
    input,
    output: { type: 'value', value: null },
  });
  return pageOf(operations);
}

/** Two reads that go back in time, of very long values, by a client with a very long name. */
function longTexts(): string {
  const text = `</script><img src=x onerror=window.mine=1>${'x'.repeat(3000)}`;
  const client = `client ${'y'.repeat(300)}`;
  const call = (at: number, operation: Pick<Op, 'input' | 'output'>): Op => ({
    client,
    calledAt: at,
    returnedAt: at + 1,
    ...operation,
  });
  return pageOf([
    call(1, { input: { type: 'write', key: 'x', value: `1${text}` }, output: { type: 'done' } }),
    call(3, { input: { type: 'write', key: 'x', value: `2${text}` }, output: { type: 'done' } }),
    call(5, { input: { type: 'read', key: 'x' }, output: { type: 'value', value: `1${text}` } }),
  ]);
}

withBrowser('the page of a history', (newPage) => {
  const html = stalePage();

  test.each([1280, 400])('at %i pixels only the picture may be wider than the window', async (width) => {
    const page = await newPage({ viewport: { width, height: 800 } });
    await page.setContent(html);
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
    expect(wide).toBe(false);
    expect(await page.locator('h1').textContent()).toBe('Linearizability: violated');
    expect(await page.locator('tbody tr').count()).toBe(await page.locator('.chart .core').count());
    expect(await page.locator('svg .refused text').textContent()).toMatch(/^read/);
    // A bar an operation, but not of the whole history.
    const bars = await page.locator('svg .bar').count();
    expect(bars).toBeGreaterThan(5);
    expect(bars).toBeLessThanOrEqual(130);
  });

  test('dark and light themes differ, and paper is light', async () => {
    const page = await newPage({ colorScheme: 'dark' });
    await page.setContent(html);
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await paper()).toBe('rgb(21, 24, 27)');
    await page.emulateMedia({ media: 'print' });
    expect(await paper()).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    expect(await paper()).toBe('rgb(255, 255, 255)');
  });

  const isWide = 'document.documentElement.scrollWidth > window.innerWidth';

  test.each(['screen', 'print'] as const)('long names and values widen no page: %s', async (media) => {
    const page = await newPage({ viewport: { width: 1000, height: 800 } });
    await page.setContent(longTexts());
    await page.emulateMedia({ media });
    expect(await page.evaluate(isWide)).toBe(false);
    expect(await page.evaluate('window.mine')).toBeUndefined();
    const names = await page.locator('.chart .client').allTextContents();
    expect(names[0]).toMatch(/^client y+…/);
    const said = await page.locator('p, td').allTextContents();
    expect(said.join('').length).toBeLessThan(4000);
  });

  test('names of clients stay visible while the picture scrolls', async () => {
    const page = await newPage({ viewport: { width: 400, height: 800 } });
    await page.setContent(html);
    const name = page.locator('.chart .client').first();
    const before = (await name.boundingBox())!;
    await page.locator('.wide', { has: page.locator('.chart') }).evaluate((one) => one.scrollBy(300, 0));
    expect((await name.boundingBox())!.x).toBeCloseTo(before.x, 0);
    expect(await page.locator('.sheets').isVisible()).toBe(false);
  });

  test('a wide picture is printed in parts that fit', async () => {
    const page = await newPage({ viewport: { width: 1000, height: 800 } });
    await page.setContent(pageOf(atomicHistory(3, { operations: 200, clients: 6 })));
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate(isWide)).toBe(false);
    expect(await page.locator('.sheet').count()).toBeGreaterThan(5);
    expect(await page.locator('.sheet').first().isVisible()).toBe(true);
    expect((await page.locator('.chart').boundingBox())!.height).toBe(0);
  });

  test('a history that holds says what that means, and so does an empty one', async () => {
    const page = await newPage();
    await page.setContent(pageOf(atomicHistory(3, { operations: 20, clients: 2 })));
    await page.getByText('There is an order of all operations that explains every answer').waitFor();
    await page.setContent(pageOf([]));
    await page.getByText('There is no operation in it').waitFor();
  });
});
