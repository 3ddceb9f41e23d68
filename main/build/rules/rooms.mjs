// The rooms of main/, lower first: each imports from those above it in this list, never from those below, and no files
// import each other in a circle. Types count. Checked by `npm run rooms`, with dependency-cruiser.
//
// A violation reads "error store-imports-upwards: main/store/a.ts → main/labels/b.ts": what a.ts needs of b.ts goes
// into a room that both may import, or is handed to a.ts by who calls it.

const rooms = [
  'process',
  'work',
  'files',
  'math',
  'images',
  'store',
  'labels',
  'project',
  'formats',
  'dataset',
  'head',
  'features',
  'networks',
  'trainer',
  'runs',
  'checks',
  'sample',
  'service',
  'api',
  'http',
  'app.ts',
  'web',
  'desktop',
  'cli',
  'build',
  'testing',
];

const within = (/** @type {string[]} */ names) => `^main/(${names.join('|')})(/|$)`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'in-the-list',
      comment: 'A new room has its place in the list above.',
      severity: 'error',
      from: { path: '^main/', pathNot: within(rooms) },
      to: {},
    },
    {
      name: 'networks-by-their-face',
      comment:
        'TensorFlow.js is loaded when it is asked for: others import index.ts, and the trainer compute.ts.',
      severity: 'error',
      from: { path: '^main/', pathNot: '^main/(networks|build)/' },
      to: { path: '^main/networks/', pathNot: '^main/networks/(index|compute)\\.ts$' },
    },
    ...rooms.slice(0, -1).map((room, i) => ({
      name: `${room}-imports-upwards`,
      severity: /** @type {const} */ ('error'),
      from: { path: within([room]) },
      to: {
        path: within(rooms.slice(i + 1)),
      },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'main/tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    skipAnalysisNotInRules: true,
    cache: { folder: 'node_modules/.cache/rooms', strategy: 'content' },
    exclude: { path: '(\\.test\\.ts|/(fixtures|testing|parity)/.*|/testing\\.ts|vitest\\.config\\.ts)$' },
  },
};
