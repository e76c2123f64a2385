/**
 * What the library exports, read by TypeDoc: a page for each entry point, and tables of options.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Application,
  Comment,
  type DeclarationReflection,
  type ProjectReflection,
  ReflectionKind,
  type TypeDocOptions,
} from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { DEFAULT_SETTINGS } from '../../replication/raft/settings.ts';
import { cell, GENERATED, table } from './markdown.ts';

/** The library as TypeDoc knows it. */
export class Library {
  readonly #app: Application;
  readonly #project: ProjectReflection;

  private constructor(app: Application, project: ProjectReflection) {
    this.#app = app;
    this.#project = project;
  }

  /**
   * Reads the entry points that `package.json` in the folder `root` names; pages will go into the
   * folder `out`.
   */
  static async read(root: string, out: string): Promise<Library> {
    const entries = entryPoints(root);
    const app = await Application.bootstrapWithPlugins({
      ...OPTIONS,
      entryPoints: entries.map(({ source }) => join(root, source)),
      tsconfig: join(root, 'tsconfig.build.json'),
      out,
    });
    const project = await app.convert();
    if (project === undefined) throw new Error('the library does not compile');
    for (const { name, source } of entries) {
      const found = project.children?.find((child) => child.name === source.replace(/\/index[.]ts$/, ''));
      if (found === undefined) throw new Error(`${source} is not in what TypeDoc read`);
      found.name = name;
      found.comment = new Comment([
        { kind: 'text', text: headerOf(readFileSync(join(root, source), 'utf8')) },
      ]);
    }
    return new Library(app, project);
  }

  /** Writes a page for each entry point. */
  async writePages(): Promise<void> {
    await this.#app.generateOutputs(this.#project);
    if (this.#app.logger.hasErrors()) throw new Error('TypeDoc could not write the pages');
  }

  /** `options.md`: every exported interface of options or settings, as a table. */
  optionsPage(): string {
    const sections = (this.#project.children ?? []).flatMap((entry) => sectionOf(entry) ?? []);
    return `# Options of the library

${GENERATED}

What can be passed to the calls of each entry point. An option marked \`?\` may be left out. The full declarations are in
[api/](api/README.md), the options of commands in [commands.md](commands.md).

${sections.join('\n\n')}
`;
  }
}

const OPTIONS: Partial<TypeDocOptions> & Partial<PluginOptions> = {
  plugin: ['typedoc-plugin-markdown'],
  router: 'module',
  logLevel: 'Error',
  // `npm run types` checks them.
  skipErrorChecking: true,
  readme: 'none',
  disableSources: true,
  excludePrivate: true,
  excludeExternals: true,
  // Of types that are named in signatures, and not for users.
  validation: { notExported: false },
  hidePageHeader: true,
  hideBreadcrumbs: true,
  flattenOutputFiles: true,
  useCodeBlocks: true,
  expandParameters: true,
  sortEntryPoints: false,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
};

/** Defaults that the code has as values. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  RaftSettings: { ...DEFAULT_SETTINGS },
};

/** The entry points: what a user imports, and the file behind it. */
function entryPoints(root: string): { readonly name: string; readonly source: string }[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { readonly default: string } | string>;
  };
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return [];
    const source = target.default.replace('./dist/', '').replace(/[.]js$/, '.ts');
    return [{ name: path.replace('.', 'tickraft'), source }];
  });
}

/** The text of the comment at the top of a file. */
function headerOf(text: string): string {
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  return comment
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, ''))
    .join('\n')
    .trim();
}

/** The interfaces of an entry point that are options, if it has any. */
function sectionOf(entry: DeclarationReflection): string | undefined {
  const tables = (entry.children ?? [])
    .filter(({ kind, name }) => kind === ReflectionKind.Interface && /(Options|Settings|Timing)$/.test(name))
    .map((one) => `### ${one.name}\n\n${textOf(one.comment)}\n\n${optionsTable(one)}`);
  return tables.length === 0 ? undefined : [`## ${entry.name}`, ...tables].join('\n\n');
}

function optionsTable({ name, children = [] }: DeclarationReflection): string {
  return table(
    ['option', 'type', 'default', 'meaning'],
    children.map((property) => {
      const [meaning, standard] = parts(textOf(property.comment ?? property.signatures?.[0]?.comment));
      const option = `\`${property.name}${property.flags.isOptional ? '?' : ''}\``;
      const inCode = DEFAULTS[name]?.[property.name];
      const shown = inCode === undefined ? standard : `\`${JSON.stringify(inCode)}\``;
      return [option, `\`${typeOf(property).replaceAll('|', '\\|')}\``, shown, meaning];
    }),
  );
}

function typeOf(property: DeclarationReflection): string {
  const type = property.type?.toString() ?? 'function';
  return type.replace(/^undefined \| | \| undefined$/g, '').replaceAll(/\s+/g, ' ');
}

/**
 * What an option means, and its default: what stands behind `Default:`, to the end of the sentence.
 */
function parts(text: string): [meaning: string, standard: string] {
  const match = /Default: (.*?)\.(?=\s|$)/.exec(text);
  if (match === null) return [text, ''];
  return [text.replace(match[0], '').replaceAll(/\s+/g, ' ').trim(), match[1]!];
}

function textOf(comment: Comment | undefined): string {
  return cell(Comment.combineDisplayParts(comment?.summary));
}
