/** Writes a backup of a view of a replica's data, line by line as somebody takes them. */
import { createHash } from 'node:crypto';
import { prefixEnd, type StoreReader } from '../../vm/index.ts';
import { type BackupHeader, VERSION } from './format.ts';

/**
 * About how many bytes of pairs a line has. Reading a line blocks the replica for a few
 * milliseconds.
 */
const LINE_BYTES = 256 * 2 ** 10;

/**
 * The lines of a backup. `view` must stay as it is until the last has been taken; `check` is called
 * before each look at it, and may throw.
 */
export async function* writeBackup(
  header: Omit<BackupHeader, 'backup' | 'version'>,
  view: StoreReader,
  check: () => void,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const lineOf = (text: string) => {
    const line = Buffer.from(`${text}\n`);
    hash.update(line);
    return line;
  };
  yield lineOf(JSON.stringify({ backup: 'tickraft', version: VERSION, ...header }));
  let pairs = 0;
  for (let from: string | undefined = ''; from !== undefined; ) {
    check();
    const page = readPairs(view, from);
    from = page.next;
    pairs += page.texts.length;
    if (page.texts.length > 0) yield lineOf(`[${page.texts.join(',')}]`);
    // However fast they are taken: the replica has other work.
    await new Promise((resolve) => setImmediate(resolve));
  }
  yield Buffer.from(`${JSON.stringify({ end: { pairs, sha256: hash.digest('hex') } })}\n`);
}

/** The pairs of a line, each as JSON, and the key after them. */
function readPairs(view: StoreReader, from: string): { texts: string[]; next: string | undefined } {
  const texts: string[] = [];
  let bytes = 0;
  for (const pair of view.range(from, prefixEnd(''))) {
    if (bytes >= LINE_BYTES) return { texts, next: pair[0] };
    const text = JSON.stringify(pair);
    texts.push(text);
    bytes += text.length;
  }
  return { texts, next: undefined };
}
