/**
 * The words that a list or a union type of the code allows, each with the comment that stands
 * before it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './documents.ts';
import { cell } from './markdown.ts';

/** One word, and what it means. */
export interface Word {
  readonly word: string;
  readonly meaning: string;
}

/**
 * The words of `name` (`const name = ['a', 'b']` or `type name = 'a' | 'b'`) in a source file of
 * the project.
 */
export function wordsOf(path: string, name: string): Word[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    const isIt = ts.isVariableDeclaration(node) || ts.isTypeAliasDeclaration(node);
    if (isIt && node.name.getText() === name) found = node;
    ts.forEachChild(node, visit);
  };
  visit(file);
  if (found === undefined) throw new Error(`${path} has no ${name}`);
  let end = found.getStart();
  return literalsIn(found).map((literal) => {
    const before = text.slice(end, literal.getStart());
    end = literal.end;
    return { word: literal.text, meaning: commentIn(before) };
  });
}

function literalsIn(node: ts.Node): ts.StringLiteral[] {
  if (ts.isStringLiteral(node)) return [node];
  const inside: ts.StringLiteral[] = [];
  ts.forEachChild(node, (child) => void inside.push(...literalsIn(child)));
  return inside;
}

function commentIn(text: string): string {
  const [, comment = ''] = /\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  return cell(comment.replaceAll(/\n\s*\*/g, '\n'));
}
