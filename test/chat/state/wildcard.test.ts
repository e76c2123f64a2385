import fc from 'fast-check';
import { literalPrefix, matchesWildcard } from '../../../chat/state/wildcard.ts';

test.each([
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['?', '', false],
  ['a*b*c', 'aXbYbZc', true],
  ['a*b*c', 'aXbYbZ', false],
  ['*.', 'a.b', false],
  ['**?', 'a', true],
])('%j and %j: %j', (pattern, name, matches) => {
  expect(matchesWildcard(pattern, name)).toBe(matches);
});

test('agrees with the equivalent regular expression', () => {
  const pattern = fc.stringMatching(/^[ab.*?]{0,6}$/);
  const name = fc.stringMatching(/^[ab.]{0,8}$/);
  fc.assert(
    fc.property(pattern, name, (pattern, name) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
      expect(matchesWildcard(pattern, name)).toBe(new RegExp(`^${source}$`).test(name));
      if (matchesWildcard(pattern, name)) expect(name.startsWith(literalPrefix(pattern))).toBe(true);
    }),
  );
});

test('a pattern of many stars is fast', () => {
  expect(matchesWildcard(`${'*a'.repeat(15)}b`, 'a'.repeat(32))).toBe(false);
});
