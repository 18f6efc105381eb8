/** The walls of the house: docs in CONTRIBUTING.md. */

/** The folders of common/, each standing on those before it alone. */
const LAYERS = [
  'observability',
  'resilience',
  'cache',
  'problems',
  'context',
  'tenancy',
  'resource',
  'lists',
  'database',
  'http',
  'openapi',
];

const layersOf = (layers) =>
  layers.slice(0, -1).map((layer, at) => ({
    name: `common-${layer}-is-below-${layers[at + 1]}`,
    severity: 'error',
    from: { path: `^src/common/${layer}/`, pathNot: '\\.spec\\.ts$' },
    to: { path: `^src/common/(${layers.slice(at + 1).join('|')})/` },
  }));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layersOf(LAYERS),
    {
      name: 'common-stands-on-nothing-above',
      comment: 'common/ is what every capability stands on; it imports no capability, schema or tool above it.',
      severity: 'error',
      from: { path: '^src/common/' },
      to: { path: '^src/(modules|schemas|embedded|cli|main|app)' },
    },
    {
      name: 'controllers-talk-to-services',
      comment: 'A controller reaches the database only through its service.',
      severity: 'error',
      from: { path: '\\.controller\\.ts$' },
      to: { path: '\\.repository\\.ts$|^src/schemas/|node_modules/mongoose/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'repositories-are-private',
      comment: "Modules meet through exported services: another module's repository is its own.",
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/' },
      to: {
        path: '^src/modules/[^/]+/[^/]*(?<!organization-members)\\.repository\\.ts$',
        pathNot: '^src/modules/$1/',
      },
    },
    {
      name: 'only-repositories-touch-models',
      comment: 'Rules and transactions are written against repositories, not against Mongoose models.',
      severity: 'error',
      // The health probe asks the connection itself.
      from: { path: '^src/modules/', pathNot: '\\.(repository|module)\\.ts$|/health\\.service\\.ts$' },
      to: { path: 'node_modules/(mongoose|@nestjs/mongoose)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'production-needs-no-embedded-servers',
      comment: 'What runs in production never finds or installs servers.',
      severity: 'error',
      from: { path: '^src/(common|modules|config|schemas|main|app)' },
      to: { path: '^src/embedded/' },
    },
    {
      name: 'source-does-not-know-its-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(test|bench)/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot:
          '\\.spec\\.ts$|\\.d\\.ts$|^test/support/(global-|closing-line)|^test/tools/in-page|/assets/theme-first|^bench/report/page\\.client',
      },
      to: {},
    },
    {
      name: 'no-development-dependencies-in-production',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$|^src/embedded/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
  },
};
