/**
 * Which folder may import which: vm <- logs <- replication <- chat <- analysis <- test.
 * Imports point left only; cli.ts and commands.ts are the thin entry above all of them.
 * CONTRIBUTING.md says why.
 */

const { builtinModules } = require('node:module');

/**
 * What runs in any host: no Node, no sockets, no files, no DOM. Biome and test/house-rules.test.ts
 * name the same.
 */
const PURE = [
  '^vm/[^/]+[.]ts$',
  '^vm/(programs|sim|disk-log)/',
  '^logs/format/',
  '^replication/[^/]+[.]ts$',
  '^replication/(core|raft|ordering|primary-backup|lowest-port|nwr|choice|invariants|scenario|sim|search|autopilot)/',
  '^chat/state/',
];

/** What runs in a browser. */
const PAGES = ['^(chat/page|analysis/explorer|analysis/report/browser)/(?!vite[.]config[.]ts$)'];

/** The only files in logs/ that touch Node. */
const LOG_HOSTS = '^logs/[^/]+[.]ts$';

/** Every module that comes with Node, by either name. */
const NODE = `^(node:)?(${builtinModules.join('|')})$`;

const left = (name, from, ...folders) => ({
  name: `${name}-looks-left`,
  comment: `Imports point left only: ${name} may not import ${folders.join(', ')}.`,
  severity: 'error',
  from: { path: from },
  to: { path: `^(${folders.join('|')})/|^(cli|commands)[.]ts$` },
});

module.exports = {
  forbidden: [
    left('vm', '^vm/', 'logs', 'replication', 'chat', 'analysis', 'test'),
    left('logs', '^logs/', 'replication', 'chat', 'analysis', 'test'),
    left('replication', '^replication/', 'chat', 'analysis', 'test'),
    left('chat', '^chat/', 'analysis', 'test'),
    left('analysis', '^analysis/', 'test'),
    {
      name: 'cli-looks-left',
      severity: 'error',
      from: { path: '^(cli|commands)[.]ts$' },
      to: { path: '^test/' },
    },
    {
      name: 'pure-folders-stay-pure',
      comment: 'A pure folder runs in the simulator, in a browser and live: it may import pure folders only.',
      severity: 'error',
      from: { path: PURE },
      to: { path: '^(vm|logs|replication|chat|analysis)/', pathNot: PURE },
    },
    {
      name: 'node-in-hosts-only',
      comment: 'Node belongs to the live hosts, the log writer and reader, servers and terminal clients.',
      severity: 'error',
      from: { path: [...PURE, ...PAGES, '^logs/'], pathNot: LOG_HOSTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pages-reach-no-node',
      comment: 'Nothing that a page bundles, however far away, needs Node.',
      severity: 'error',
      from: { path: PAGES },
      to: { path: NODE, reachable: true },
    },
    {
      name: 'packages-of-pure-folders',
      comment:
        'Pure folders use these packages and no other: each runs in any host and does the same everywhere.',
      severity: 'error',
      from: { path: PURE },
      to: { path: 'node_modules/', pathNot: 'node_modules/(sorted-btree|zod|csv-stringify|@noble/hashes)/' },
    },
    {
      name: 'dom-packages-in-pages-only',
      severity: 'error',
      from: { pathNot: PAGES },
      to: { path: 'node_modules/(preact|@preact)/' },
    },
    {
      name: 'only-raft-knows-raft',
      comment: 'A change to Raft must not need a change to the chat: it sees the replication face.',
      severity: 'error',
      from: { path: '^chat/', pathNot: '^chat/server/process[.]ts$' },
      to: { path: '^replication/raft/' },
    },
    {
      name: 'through-the-door',
      comment:
        'What a room takes from another it takes from an `index.ts` there: that says what others may use.',
      severity: 'error',
      from: { path: '^(vm|logs|replication|chat|analysis)/' },
      to: { path: '^(vm|logs|replication|chat|analysis)/', pathNot: ['^$1/', '/index[.]ts$'] },
    },
    {
      name: 'no-cycles',
      comment:
        'No file imports its way back to itself, types included: each can be read after those that it imports.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that imports nothing is dead.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['[.](config|test)[.]ts$', '^[^/]+[.](cjs|js)$'],
      },
      to: {},
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-development-packages-in-what-ships',
      comment:
        'What runs after `npm ci --omit=dev` may not need a development package. Pages are bundled before.',
      severity: 'error',
      from: {
        path: '^((cli|commands)[.]ts$|vm/|logs/|replication/|chat/|analysis/)',
        pathNot: [...PAGES, 'vite[.]config'],
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The consumer of the package is compiled by its test, in a project of its own.
    exclude: { path: '^(dist|test/package/consumer)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
