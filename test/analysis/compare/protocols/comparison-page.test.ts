/** The page of a comparison, in a browser. */
import {
  compareProtocols,
  type ProtocolComparison,
} from '../../../../analysis/compare/protocols/compare-protocols.ts';
import { comparisonPage } from '../../../../analysis/compare/protocols/comparison-page.ts';
import { readSubjects } from '../../../../analysis/compare/protocols/subject.ts';
import { drawTrials } from '../../../../analysis/compare/protocols/trial-pictures.ts';
import { withBrowser } from '../../../support/browser.ts';

withBrowser('the page of a comparison', (newPage) => {
  let html = '';
  let comparison: ProtocolComparison;

  beforeAll(() => {
    const subjects = readSubjects('raft,nwr:3/1/1');
    const settings = { replicas: 3, faults: ['partition' as const], firstSeed: 1, seeds: 1 };
    comparison = compareProtocols(subjects, settings);
    const story = {
      ...{ protocol: 'nwr:3/1/1', guarantee: 'linearizable' as const, seed: 1 },
      ...{ message: '', text: '# why\ncluster nwr 3 seed 1\nexpect <linearizable>\n' },
    };
    html = comparisonPage(comparison, [story], drawTrials(subjects, 1, settings));
  }, 60_000);

  test.each([
    [1280, 'light'],
    [400, 'dark'],
  ] as const)('at %i pixels, %s, nothing is wider than the window', async (width, colorScheme) => {
    const page = await newPage({ viewport: { width, height: 800 }, colorScheme });
    await page.setContent(html);
    expect(await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')).toBe(false);
    expect(await page.locator('h2').allTextContents()).toEqual([
      'What each guarantees',
      'What each costs',
      'How they break',
      'Seed 1, protocol by protocol',
    ]);
    const row = page.locator('tr', { hasText: 'a term has one leader' });
    expect(await row.locator('td').allInnerTexts()).toEqual([
      expect.stringMatching(/^holds\s+0\.0 to 79\.3%\s+claimed$/),
      'not applicable',
    ]);
    expect(await page.locator('.plots figure').count()).toBe(comparison.costs.length);
    expect(await page.locator('details.story').textContent()).toContain('(seed 1, 2 lines)');
    // A picture a protocol: replicas and clients, each on its own lanes, under the same faults.
    const lines = page.locator('.trial .field');
    expect(await lines.count()).toBe(4);
    const marks = await lines.evaluateAll((all) =>
      all.map((one) =>
        [...one.querySelectorAll('.fault-line')].map((line) => line.getAttribute('data-at')).join(),
      ),
    );
    expect(new Set(marks).size).toBe(1);
  });
});
