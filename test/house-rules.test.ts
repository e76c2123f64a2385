/**
 * The house rules that no tool of `npm test` checks, and tests of those tools: each runs on a small
 * tree that breaks every rule, and must name the file and the rule.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['vm', 'logs', 'replication', 'chat', 'analysis', 'test'];
const SKIPPED = new Set([
  'node_modules',
  '.git',
  ...read('.gitignore')
    .split('\n')
    .map((line) => line.replace('/', '')),
]);

const files = walk('.');
const sources = files.filter((file) => /[.]tsx?$/.test(file));
/** What the directions call pure; the first test holds the other tools to the same list. */
const DIRECTIONS = createRequire(import.meta.url)('../.dependency-cruiser.cjs').forbidden as Direction[];
const PURE = DIRECTIONS.find(({ name }) => name === 'pure-folders-stay-pure')!.from.path;
const pure = sources.filter((file) => PURE.some((folder) => new RegExp(folder).test(file)));

interface Direction {
  readonly name: string;
  readonly from: { readonly path: readonly string[] };
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Every file of the project, as `folder/file.ts`. */
function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => !SKIPPED.has(entry.name))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [path];
    });
}

describe('pure folders', () => {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.pure.json'), ts.sys.readFile);
  const compiled = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);

  test('are the same files to every tool', () => {
    const { overrides } = JSON.parse(read('biome.json')) as {
      overrides: { includes: string[]; linter: object }[];
    };
    const banned = overrides.find((override) => JSON.stringify(override).includes('deniedGlobals'))!;
    const globs = banned.includes.map(
      (glob) =>
        new RegExp(
          `^${glob
            .replaceAll('.', '[.]')
            .replaceAll('**', '.+')
            .replace(/(?<![.])[*]/g, '[^/]+')}$`,
        ),
    );
    const seenByBiome = sources.filter((file) => globs.some((glob) => glob.test(file)));
    expect(seenByBiome).toEqual(pure);

    const seenByTsc = compiled.fileNames.map((file) => posix.relative(ROOT, file));
    // encode.ts is pure too, but the types of csv-stringify name Node's streams; index.ts is its
    // door.
    const unseen = ['logs/format/encode.ts', 'logs/format/index.ts'];
    expect([...seenByTsc, ...unseen].sort()).toEqual([...pure].sort());
  });

  test('compile with neither the types of Node nor those of a browser', () => {
    const program = ts.createProgram(compiled.fileNames, compiled.options);
    const types = program.getSourceFiles().map(({ fileName }) => fileName);
    expect(types.filter((name) => /@types\/node|lib[.]dom/.test(name))).toEqual([]);
  });

  test('never wait, and calculate the same in every engine', () => {
    expect(pure.flatMap((file) => impurities(file, read(file)))).toEqual([]);
  });

  test('would be caught waiting or calculating with what engines may round differently', () => {
    const text = `export async function f() { await import('./g.ts'); }
      export const g = () => Math.sin(1) + Math.max(1, 2);
      const { random } = Math;
      for await (const x of f()) g();`;
    expect(impurities('bad.ts', text)).toEqual([
      'bad.ts:1 async',
      'bad.ts:1 await',
      'bad.ts:1 import()',
      'bad.ts:2 Math.sin',
      'bad.ts:3 Math',
      'bad.ts:4 await',
    ]);
  });

  test('the replication face, which names promises, is types only', () => {
    const { outputText } = ts.transpileModule(read('replication/replication.ts'), {
      compilerOptions: { removeComments: true, target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
    });
    expect(outputText.trim()).toBe('export {};');
  });
});

/** The functions of `Math` whose results the ECMAScript standard fixes to the bit. */
const EXACT = new Set(['abs', 'ceil', 'clz32', 'floor', 'imul', 'max', 'min', 'round', 'sign', 'trunc']);

function impurities(file: string, text: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const report = (node: ts.Node, what: string) => {
    found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${what}`);
  };
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.AsyncKeyword) report(node, 'async');
    if (node.kind === ts.SyntaxKind.AwaitKeyword || ts.isAwaitExpression(node)) report(node, 'await');
    if (node.kind === ts.SyntaxKind.ImportKeyword && ts.isCallExpression(node.parent))
      report(node, 'import()');
    if (ts.isIdentifier(node) && node.text === 'Math') {
      const { parent } = node;
      if (!ts.isPropertyAccessExpression(parent)) report(node, 'Math');
      else if (!EXACT.has(parent.name.text)) report(node, `Math.${parent.name.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('every reader finds the way', () => {
  test('a source file begins by saying what it is', () => {
    const header = /^(#!.*\n)?\/\*\*[\s\S]{20,}?\*\//;
    const silent = sources.filter((file) => !file.startsWith('test/') && !header.test(read(file)));
    expect(silent).toEqual([]);
  });

  test('a folder with source files has a README', () => {
    const folders = new Set(sources.map(dirname).filter((folder) => folder !== '.'));
    const documented = [...folders].filter((folder) => !folder.startsWith('test/'));
    expect(
      [...documented, 'test', 'docs'].filter((folder) => !files.includes(`${folder}/README.md`)),
    ).toEqual([]);
  });

  test('links between documents lead somewhere', () => {
    const broken = files
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        [...read(file).matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)]
          .map((link) => posix.join(dirname(file), link[1]!))
          .filter(
            (target) =>
              !files.some(
                (other) => other === target || other.startsWith(`${posix.join(target)}/`.replace('//', '/')),
              ),
          )
          .map((target) => `${file}: ${target}`),
      );
    expect(broken).toEqual([]);
  });
});

describe('the project depends on no computer', () => {
  const isText = (file: string) =>
    /[.](ts|tsx|js|cjs|json|md|css|html|yml|scenario|csv|txt)$|^[.]ci\/|^[.][a-z]+$/.test(file);

  test("no file names a path of somebody's computer or a package registry", () => {
    const local = /(?<![\w.])\/(home|Users|root|work)\/\w|\bregistry[.]\w|[A-Z]:\\\w/;
    const named = files.filter(isText).filter((file) => local.test(read(file)));
    expect(named).toEqual([]);
  });

  test('there are no top-level folders but those of the source, the documents and what tools want', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
    expect([...folders].filter((folder) => !folder!.startsWith('.')).sort()).toEqual(
      [...FOLDERS, 'docs', 'examples'].sort(),
    );
  });
});

describe('the tools', () => {
  const tree = mkdtempSync(join(tmpdir(), 'tickraft-rules-'));
  const config = [
    '.dependency-cruiser.cjs',
    '.gitignore',
    'biome.json',
    'knip.json',
    'package.json',
    'tsconfig.json',
    'tsconfig.pure.json',
  ];

  beforeAll(() => {
    for (const file of config) cpSync(join(ROOT, file), join(tree, file));
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'), 'junction');
    for (const [file, lines] of Object.entries(PLANTED)) {
      mkdirSync(dirname(join(tree, file)), { recursive: true });
      writeFileSync(join(tree, file), `${lines.join('\n')}\n`);
    }
  });
  afterAll(() => rmSync(tree, { recursive: true }));

  /** What a tool says of the tree, which it must refuse. */
  function refusal(tool: string, ...args: string[]): string {
    const bin = join(ROOT, 'node_modules', tool);
    const env = { ...process.env, FORCE_COLOR: '0', GITHUB_ACTIONS: '' };
    const { status, stdout } = spawnSync(process.execPath, [bin, ...args], {
      cwd: tree,
      encoding: 'utf8',
      env,
    });
    expect(status).not.toBe(0);
    return stdout;
  }

  test('the linter bans time, randomness and waiting in pure folders, and promises that nobody awaits anywhere', () => {
    const output = refusal('@biomejs/biome/bin/biome', 'lint', '--reporter=github', '.');
    const seen = [...output.matchAll(/title=lint[/]\w+[/](\w+),file=.*?(\w+[/]bad[.]ts),line=(\d+)/g)];
    expect(seen.map(([, rule, file, line]) => `${file}:${line} ${rule}`).sort()).toEqual([
      'logs/bad.ts:6 noFloatingPromises',
      'vm/bad.ts:3 noRestrictedGlobals',
      'vm/bad.ts:3 noRestrictedGlobals',
      'vm/bad.ts:4 noJsRestrictedProperties',
      'vm/bad.ts:5 noRestrictedGlobals',
      'vm/bad.ts:6 noRestrictedGlobals',
    ]);
  });

  test('the compiler knows no browser in pure folders', () => {
    expect(refusal('typescript/bin/tsc', '-p', 'tsconfig.pure.json')).toContain(
      "Cannot find name 'document'",
    );
  });

  test('directions are checked', () => {
    const output = refusal(
      'dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      '.',
    );
    const seen = new Set([...output.matchAll(/error ([\w-]+): /g)].map((match) => match[1]));
    expect(seen).toEqual(new Set(DIRECTIONS.map(({ name }) => name)));
  });

  test('dead code is found', () => {
    const { issues } = JSON.parse(refusal('knip/bin/knip.js', '--reporter', 'json')) as { issues: Issue[] };
    const names = issues.flatMap(({ file, exports, files }) =>
      [...files, ...exports].map(({ name }) => [file, name]),
    );
    expect(names).toContainEqual(['analysis/unused.ts', 'analysis/unused.ts']);
    expect(names).toContainEqual(['vm/bad.ts', 'luck']);
  });
});

interface Issue {
  readonly file: string;
  readonly files: readonly { readonly name: string }[];
  readonly exports: readonly { readonly name: string }[];
}

/** A tree in which every file breaks rules. */
const PLANTED: Record<string, string[]> = {
  'cli.ts': [
    "import './vm/bad.ts';",
    "import './chat/bad.ts';",
    "import './replication/client/bad.ts';",
    "import './test/spec.ts';",
  ],
  'vm/bad.ts': [
    "import { readFileSync } from 'node:fs';",
    "import { write } from '../logs/bad.ts';",
    'export const time = () => Date.now() + performance.now();',
    'export const luck = () => Math.random();',
    'export const later = () => setTimeout(readFileSync, 1);',
    'export const wait = () => Promise.resolve(write);',
    'export const look = () => document.title;',
  ],
  'vm/live/bad.ts': ["import 'ws';", "export { open } from '../../replication/live/bad.ts';"],
  'logs/bad.ts': [
    "import { cpus } from 'node:os';",
    "import '../replication/raft/bad.ts';",
    'export async function write() {',
    '  cpus();',
    '}',
    'write();',
  ],
  'replication/bad.ts': ["export { open } from './live/bad.ts';"],
  'replication/live/bad.ts': [
    "import { start } from '../../chat/bad.ts';",
    'export const open = () => start;',
  ],
  'replication/client/bad.ts': [
    "import { h } from 'preact';",
    "import { Raft } from '../raft/bad.ts';",
    'h(Raft);',
  ],
  'replication/raft/bad.ts': ["import { parse } from 'csv-parse/sync';", 'export const Raft = () => parse;'],
  'chat/bad.ts': [
    "import { open } from '../replication/live/bad.ts';",
    "import { Raft } from '../replication/raft/bad.ts';",
    "import { check } from '../analysis/bad.ts';",
    "import { vite } from 'vite';",
    'export const start = () => [open, Raft, check, vite];',
  ],
  'chat/page/bad.ts': ["import { sign } from '../server/passwords.ts';", 'sign();'],
  'chat/server/passwords.ts': ["import { scrypt } from 'node:crypto';", 'export const sign = () => scrypt;'],
  'analysis/bad.ts': [
    "import { spec } from '../test/spec.ts';",
    "import 'no-such-package';",
    'export const check = spec;',
  ],
  'analysis/unused.ts': [],
  'test/spec.ts': ['export const spec = 1;'],
};
