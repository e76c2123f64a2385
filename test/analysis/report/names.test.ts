/** Names of machines beside pictures. */
import { namesWidth, sideNames } from '../../../analysis/report/names.ts';

test.each([
  [
    ['n1', 'n2'],
    ['n1', 'n2'],
  ],
  [['a-name-of-16-char'.slice(0, 16)], ['a-name-of-16-cha']],
  [
    ['replica-in-europe-west-1.example', 'replica-in-europe-west-12.example'],
    ['…west-1…', '…west-12…'],
  ],
  [['alone-in-this-wide-world'], ['alone-i…de-world']],
  [
    ['first-of-the-replicas', 'second-of-the-replicas'],
    ['first-…', 'second…'],
  ],
])('%j are short enough and told apart', (names, cut) => {
  const shown = sideNames(names).map((markup) => markup.replace(/<title>.*/, ''));
  expect(shown).toEqual(cut);
  expect(namesWidth(names)).toBeLessThan(150);
});

test('the full text of a shortened name is available', () => {
  expect(sideNames([`<b>${'x'.repeat(20)}`])[0]).toBe(
    `&lt;b&gt;xxxx…xxxxxxxx<title>&lt;b&gt;${'x'.repeat(20)}</title>`,
  );
});
