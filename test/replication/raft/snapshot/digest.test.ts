/**
 * SHA-256 compared with Node's, on texts of every length around the ends of blocks and with every
 * kind of character.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { sha256 } from '../../../../replication/raft/snapshot/digest.ts';

const expected = (text: string) => createHash('sha256').update(text).digest('hex');

test('the example of the standard', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('texts of every length up to a few blocks', () => {
  for (let length = 0; length <= 200; length++) {
    const text = 'x'.repeat(length);
    expect(sha256(text)).toBe(expected(text));
  }
});

test('texts with one to four bytes per character', () => {
  const edges = '\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}';
  expect(sha256(edges)).toBe(expected(edges));
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(expected(text));
    }),
  );
});
