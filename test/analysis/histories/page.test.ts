/** The page of `tickraft check --html`, in a browser. */
import { checkHistory } from '../../../analysis/histories/check-history.ts';
import { historyPage } from '../../../analysis/histories/page.ts';
import { parseHistory } from '../../../analysis/histories/read-history.ts';
import { tickraftHistory } from '../../../analysis/histories/tickraft-history.ts';
import { withBrowser } from '../../support/browser.ts';
import { atomicHistory, type Op } from '../linearizability/atomic.ts';

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
  const history = parseHistory(tickraftHistory(operations, null), 'h', 'tickraft', 'nothing');
  const budget = { ms: 60_000, now: () => performance.now() };
  const report = checkHistory(history, 'h', { model: undefined, initial: undefined, budget });
  return historyPage(report, history.operations);
}

withBrowser('the page of a history', (newPage) => {
  const html = stalePage();

  test.each([1280, 400])('at %i pixels only the picture may be wider than the window', async (width) => {
    const page = await newPage({ viewport: { width, height: 800 } });
    await page.setContent(html);
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
    expect(wide).toBe(false);
    expect(await page.locator('h1').textContent()).toBe('Linearizability: violated');
    expect(await page.locator('tbody tr').count()).toBe(await page.locator('svg .core').count());
    expect(await page.locator('svg .refused text').textContent()).toMatch(/^read/);
    // A bar an operation, but not of the whole history.
    const bars = await page.locator('svg .bar').count();
    expect(bars).toBeGreaterThan(5);
    expect(bars).toBeLessThanOrEqual(130);
  });

  test('dark and light differ, and on paper it is light', async () => {
    const page = await newPage({ colorScheme: 'dark' });
    await page.setContent(html);
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await paper()).toBe('rgb(21, 24, 27)');
    await page.emulateMedia({ media: 'print' });
    expect(await paper()).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    expect(await paper()).toBe('rgb(255, 255, 255)');
  });
});
