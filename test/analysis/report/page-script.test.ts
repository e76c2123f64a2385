/**
 * The report's script: bundled into a text that the page can contain; if it is missing, one line
 * says so.
 */
import { Script } from 'node:vm';
import { pageScript, readScript } from '../../../analysis/report/page-script.ts';
import { LogError } from '../../../logs/errors.ts';

test('it is one classic script without imports, and the namespace of SVG is the only address in it', () => {
  const text = pageScript();
  // Neither imports nor exports: those are refused here.
  expect(() => new Script(text)).not.toThrow();
  expect(text).not.toMatch(/\bimport\s*\(|\brequire\s*\(|\beval\b|sourceMappingURL/);
  expect(text.match(/\w+:\/\/[^'"`]*/g)).toEqual(['http://www.w3.org/2000/svg']);
});

test('it contains nothing that ends its script element', () => {
  expect(pageScript()).not.toMatch(/<\/script|<!--/i);
});

test('if it has not been built, one line says what to do', () => {
  const missing = () => readScript(new URL('no-such-folder/zoom.js', import.meta.url));
  expect(missing).toThrow(LogError);
  expect(missing).toThrow('dist/report/zoom.js is not there: run npm run build first');
});
