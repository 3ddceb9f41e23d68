// The kinds of process that main/ becomes, kept apart: what a file from anywhere can crash is not loaded where labels.db
// is held, and what holds labels.db is not loaded where such files are opened. Checked by `npm run rooms`, with
// dependency-cruiser, over all that the module that a process begins with may ever import. Types don't count: they are
// gone when it runs.
//
// A violation reads "error labels-decode-nothing: main/app.ts → node_modules/sharp/…", with the way from one to the
// other below it: something on this way belongs into a process of its own, that is asked for by messages.

// They hold labels.db: the app, in a window or for a browser, and the command line.
const labels = '^main/(app|desktop/main|cli/toploss)\\.ts$';
// They open files from anywhere, and die of some.
const children =
  '^main/(trainer/process|images/process|features/extraction/reading|networks/engine/trial|process/watchdog)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'labels-decode-nothing',
      severity: 'error',
      from: { path: labels },
      to: {
        reachable: true,
        path: '^main/images/decode\\.ts$|^node_modules/(sharp|onnxruntime-node|@tensorflow|webgpu)/',
      },
    },
    {
      name: 'children-hold-no-labels',
      severity: 'error',
      from: { path: children },
      to: { reachable: true, path: '^main/(store|labels|project)/|^node_modules/better-sqlite3/' },
    },
    {
      name: 'nothing-but-the-window-is-electron',
      severity: 'error',
      from: { path: '^main/', pathNot: '^main/desktop/' },
      to: { path: '^node_modules/electron/' },
    },
  ],
  options: {
    tsPreCompilationDeps: false,
    tsConfig: { fileName: 'main/tsconfig.json' },
    // The sample is drawn by sharp from drawings that are ours: it opens no file from anywhere.
    exclude: {
      path: '^main/sample/|(\\.test\\.ts|/(fixtures|testing|parity)/.*)$',
    },
    doNotFollow: { path: 'node_modules' },
    skipAnalysisNotInRules: true,
    cache: { folder: 'node_modules/.cache/processes', strategy: 'content' },
  },
};
