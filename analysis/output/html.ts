/** Pages in one file that needs no network, and text in HTML and SVG. */

const NAMES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The text, harmless between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => NAMES[char]!);
}

/** What a page is made of. All but the title is HTML. */
export interface PageContent {
  readonly title: string;
  /** CSS. */
  readonly style: string;
  readonly main: string;
  /**
   * A classic script, if there is any. It stands in the page as it is: no `</script` may be in it.
   */
  readonly script?: string;
}

/** A whole page, light or dark as its reader prefers. */
export function htmlPage({ title, style, main, script }: PageContent): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${main}
</main>
${script === undefined ? '' : `<script>${script}</script>\n`}</body>
</html>
`;
}
