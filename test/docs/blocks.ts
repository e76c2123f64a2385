/** The fenced blocks of a Markdown page. */

/** A block: ```` ```sh background ```` has the language `sh` and the note `background`. */
export interface Block {
  readonly language: string;
  readonly note: string;
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** A file that a reader is asked to save: the comment in its first line has its name. */
export interface SavedFile {
  readonly name: string;
  readonly text: string;
}

/** All fenced blocks, in order. Throws if one is never closed. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; language: string; note: string; line: number; lines: string[] } | undefined;
  for (const [i, line] of markdown.split('\n').entries()) {
    const [, fence = '', words = ''] = /^(```+)(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (fence === '') continue;
      const [language = '', note = ''] = words.trim().split(/ (.*)/);
      open = { fence, language, note, line: i + 1, lines: [] };
    } else if (fence === open.fence && words === '') {
      blocks.push({ language: open.language, note: open.note, text: open.lines.join('\n'), line: open.line });
      open = undefined;
    } else open.lines.push(line);
  }
  if (open !== undefined) throw new Error(`the block in line ${open.line} is never closed`);
  return blocks;
}

/** The file that a block holds, if it is one. */
export function fileIn({ language, text }: Block): SavedFile | undefined {
  if (language === 'sh' || language === 'text') return undefined;
  const [, name] = /^(?:\/\/|#) ([\w-]+[.]\w+)$/.exec(text.split('\n', 1)[0]!) ?? [];
  return name === undefined ? undefined : { name, text: `${text}\n` };
}

/**
 * Compares what is said to be printed with what was: undefined if it fits, or the first line that
 * does not. `...` in a line stands for anything, a line of it for any lines, and a blank for any
 * number of blanks.
 */
export function misfit(shown: string, printed: string): string | undefined {
  const said = shown.split('\n');
  const output = `${printed.trimEnd()}\n`.replaceAll(/[ \t]+\n/g, '\n');
  if (new RegExp(`^${said.map(patternOf).join('')}$`).test(output)) return undefined;
  const fits = (count: number) => new RegExp(`^${said.slice(0, count).map(patternOf).join('')}`).test(output);
  return said.find((_, i) => !fits(i + 1)) ?? 'nothing more';
}

function patternOf(line: string): string {
  if (line.trim() === '...') return '(?:.*\\n)*?';
  const escaped = line.trimEnd().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return `${escaped.replaceAll('\\.\\.\\.', '.*').replaceAll(/ +/g, ' +')}\\n`;
}
