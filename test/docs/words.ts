/**
 * What the code says about its own names: the words that a list or a union type allows, and the
 * properties of an interface, each with the comment before it.
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
  const found = declarationOf(path, name);
  const { text } = found.getSourceFile();
  let end = found.getStart();
  return literalsIn(found).map((literal) => {
    const before = text.slice(end, literal.getStart());
    end = literal.end;
    return { word: literal.text, meaning: commentIn(before) };
  });
}

/** A property of an interface. */
export interface Property {
  readonly name: string;
  /** Its type, as the code writes it. */
  readonly type: string;
  readonly meaning: string;
}

/** The properties of the interface `name` in a source file of the project. */
export function propertiesOf(path: string, name: string): Property[] {
  const found = declarationOf(path, name);
  if (!ts.isInterfaceDeclaration(found)) throw new Error(`${name} in ${path} is not an interface`);
  return found.members.filter(ts.isPropertySignature).map((property) => ({
    name: property.name.getText(),
    type: property.type?.getText() ?? '',
    meaning: commentIn(property.getFullText()),
  }));
}

type Declaration = ts.VariableDeclaration | ts.TypeAliasDeclaration | ts.InterfaceDeclaration;

function declarationOf(path: string, name: string): Declaration {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  let found: Declaration | undefined;
  const visit = (node: ts.Node): void => {
    const isDeclaration =
      ts.isVariableDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node);
    if (isDeclaration && node.name.getText() === name) found = node;
    ts.forEachChild(node, visit);
  };
  visit(file);
  if (found === undefined) throw new Error(`${path} has no ${name}`);
  return found;
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
