import fc from 'fast-check';
import { canonicalName, isName, isPattern, skeletonOf } from '../../../chat/state/names.ts';

test.each([
  ['Ada', 'ada'],
  ['ＡＤＡ', 'ada'],
  ['JOSÉ', 'josé'],
  ['Jose\u0301', 'josé'],
  ['ΣΑΣ', 'σασ'],
  ['Ольга', 'ольга'],
  ['さくら', 'さくら'],
])('%s is called %s', (typed, name) => {
  expect(canonicalName(typed)).toBe(name);
  expect(isName(name)).toBe(true);
});

test.each([
  '',
  'a b',
  'a/b',
  'Ada',
  'a\u0441a',
  'a\u200bb',
  'a\u202eb',
  'x'.repeat(33),
  '😀',
  '#hall',
  'a*',
  'ﬁ',
  'ı\u0307',
])('%j is no name', (name) => expect(isName(name)).toBe(false));

test.each([
  ['corn', 'com'],
  ['b0b', 'bob'],
  ['1ess', 'less'],
  ['vvho', 'who'],
  ['а', 'a'],
  ['сосо', 'coco'],
  ['ορο', 'opo'],
  ['straße', 'strasse'],
])('%s looks like %s', (one, other) => expect(skeletonOf(one)).toBe(skeletonOf(other)));

test.each([
  ['ada', 'adc'],
  ['é', 'e'],
  ['a.b', 'a-b'],
])('%s does not look like %s', (one, other) => expect(skeletonOf(one)).not.toBe(skeletonOf(other)));

test('names of former versions are names, and patterns of them patterns', () => {
  const former = fc.stringMatching(/^[a-z0-9_.-]{1,32}$/);
  fc.assert(fc.property(former, (name) => isName(name) && canonicalName(name) === name));
  fc.assert(fc.property(fc.stringMatching(/^[a-z0-9_.*?-]{0,32}$/), isPattern));
});
