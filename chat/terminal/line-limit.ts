/**
 * Keeps long lines of a pipe from filling the memory: only the beginning of a line that is too long
 * passes.
 */
import { Transform } from 'node:stream';
import { TEXT_MAX } from '../state/limits.ts';

/** The longest useful line: a message, and the command before it. */
export const LINE_MAX = 2 * TEXT_MAX;

/** What readline treats as the end of a line. */
const LINE_END = /([\n\r\u2028\u2029])/;

/**
 * Passes text on; of a line longer than `LINE_MAX` one character more than that, so that it can be
 * recognised.
 */
export function lineLimit(): Transform {
  let length = 0;
  return new Transform({
    decodeStrings: false,
    encoding: 'utf8',
    transform(chunk: string, _encoding, done) {
      let passed = '';
      // Every other part is the end of a line.
      for (const [i, part] of chunk.split(LINE_END).entries()) {
        if (i % 2 === 1) {
          passed += part;
          length = 0;
        } else {
          passed += part.slice(0, Math.max(0, LINE_MAX + 1 - length));
          length += part.length;
        }
      }
      done(null, passed);
    },
  });
}
