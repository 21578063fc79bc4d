/**
 * Who may import whom. The parts are `core`, `controller`, `worker` and `web`; only files at the top (`easel.ts`) put them together.
 * Inside core a layer imports itself and those before it in the list. There are no exemptions: a rule that needs one is changed.
 */
const layers = [
  ...['model', 'light-curve', 'plot', 'graph', 'job-file', 'runtime'],
  ...['db', 'store', 'queue', 'words', 'actions'],
];
const parts = ['controller', 'worker', 'web'];

const pureLibraries = [
  '@lezer/python',
  '@lezer/common',
  'fastest-levenshtein',
  'jsonc-parser',
  'yaml',
  'zod',
].join('|');

const layerRules = layers.map((layer, index) => ({
  name: `core-${layer}-imports-lower-layers-only`,
  comment: `core/${layer} imports only itself and: ${layers.slice(0, index).join(', ') || 'nothing of ours'}.`,
  severity: 'error',
  from: { path: `^core/${layer}/` },
  to: { path: '^core/', pathNot: `^core/(${layers.slice(0, index + 1).join('|')})/` },
}));

const partRules = parts.map((part) => ({
  name: `${part}-imports-core-only`,
  comment: `${part} may import core, never another part.`,
  severity: 'error',
  from: { path: `^${part}/` },
  to: { path: `^(${parts.filter((other) => other !== part).join('|')}|scripts|test)/|^[^/]+[.]ts$` },
}));

const only = (name, modules, allowed) => ({
  name: `${name}-stay-in-place`,
  comment: `${modules} may be imported in ${allowed} only.`,
  severity: 'error',
  from: { pathNot: `^(test|scripts)/|${allowed}` },
  to: { path: `(^|/)node_modules/(${modules})/` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-imports-core-only',
      severity: 'error',
      from: { path: '^core/' },
      to: { path: '^(controller|worker|web|scripts|test)/|^[^/]+[.]ts$' },
    },
    {
      name: 'core-model-is-pure',
      comment: 'The model does no I/O and reads no clock: of Node it takes only path arithmetic.',
      severity: 'error',
      from: { path: '^core/model/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?path/posix$' },
    },
    {
      name: 'core-model-takes-pure-libraries-only',
      comment: 'Libraries that parse and compute; none that opens a file, a socket or a database.',
      severity: 'error',
      from: { path: '^core/model/' },
      to: { path: '(^|/)node_modules/', pathNot: `(^|/)node_modules/(${pureLibraries})/` },
    },
    ...layerRules,
    ...partRules,
    only('query-builders', 'kysely', '^core/(db|store)/'),
    only('database-drivers', 'better-sqlite3|mysql2', '^core/db/'),
    only('web-frameworks', 'express|ejs|helmet|compression|express-rate-limit', '^web/'),
    only('queue-clients', 'amqplib', '^core/queue/'),
    only('clients-of-container-engines', 'dockerode|@kubernetes/client-node', '^controller/deployment/'),
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^(test/|vitest[.]config[.]ts$)' },
      to: { path: '^test/' },
    },
    {
      name: 'nothing-imports-the-whole',
      comment: 'easel.ts is the end of every chain of imports.',
      severity: 'error',
      from: { pathNot: '^(test|scripts)/|^easel[.]ts$' },
      to: { path: '^(easel|standalone)[.]ts$' },
    },
    {
      name: 'product-code-needs-no-development-package',
      severity: 'error',
      from: { path: '^(core|controller|worker|web)/|^(easel|standalone)[.]ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
