/**
 * The text of a message: addresses of the web can be opened, and one's own name stands out.
 * Everything else is text, whatever it looks like.
 */
import type { JSX } from 'preact';

/** An address, without the punctuation that ends the sentence around it. */
const LINK = /\bhttps?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}]/g;

export function RichText({ text, self }: { text: string; self: string | undefined }) {
  const parts: (string | JSX.Element)[] = [];
  let end = 0;
  for (const { 0: address, index } of text.matchAll(LINK)) {
    if (!URL.canParse(address)) continue;
    parts.push(...withMentions(text.slice(end, index), self));
    parts.push(
      <a href={address} target="_blank" rel="noopener noreferrer nofollow">
        {address}
      </a>,
    );
    end = index + address.length;
  }
  parts.push(...withMentions(text.slice(end), self));
  return <span class="text">{parts}</span>;
}

/** The text, in which `@self` stands out. */
function withMentions(text: string, self: string | undefined): (string | JSX.Element)[] {
  if (self === undefined || !text.includes('@')) return [text];
  // Every other part is a mention of somebody.
  return text
    .split(/(@[\p{L}\p{N}_.-]*[\p{L}\p{N}_-])/u)
    .map((part, i) => (i % 2 === 1 && part.toLowerCase() === `@${self}` ? <mark>{part}</mark> : part));
}
