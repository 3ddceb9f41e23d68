// Every fault that is tested for. A test says by its tag which of them it shows: `{ tags: 'full-disk' }` for Vitest,
// `{ tag: '@full-disk' }` for Playwright. `npm run faults` writes docs/faults.md from here and the tests.

export interface Fault {
  readonly tag: string;
  readonly fault: string;
  /** What is so when it happens. */
  readonly holds: string;
  /** Why no test shows it. */
  readonly notShown?: string;
}

export interface Area {
  readonly name: string;
  readonly about?: string;
  readonly faults: readonly Fault[];
}

/** “(CVE-…)” marks a hole that a comparable program had. */
export const areas: readonly Area[] = [
  {
    name: 'Labels',
    faults: [
      {
        tag: 'killed-labelling',
        fault: 'Killed while labelling',
        holds: 'every acknowledged verdict is there, the file is whole, no half step',
      },
      {
        tag: 'power-loss',
        fault: 'Power loss',
        holds: 'written ahead, synchronous FULL; cut anywhere, the log is a prefix of the history',
      },
      {
        tag: 'killed-migration',
        fault: 'Killed during a migration or a backup',
        holds: 'of the old version or the new one; backups are whole',
      },
      {
        tag: 'killed-import',
        fault: 'Killed during an import or export',
        holds: 'nothing of it is stored, or all',
      },
      {
        tag: 'killed-making',
        fault: 'Killed while a store is made',
        holds: 'nothing is in the way of the next',
      },
      {
        tag: 'full-disk',
        fault: 'Disk full',
        holds: 'said, nothing half written; decisions are kept and tried again',
      },
      {
        tag: 'damaged-store',
        fault: 'Damaged page, no database, cut short',
        holds: 'refused as damaged, left untouched, the backups are offered',
      },
      {
        tag: 'restore',
        fault: 'Restoring',
        holds: 'the newest whole backup takes its place, it is moved aside, differing labels are counted',
      },
      { tag: 'backups', fault: 'Backups', holds: 'daily and whole, old ones make room' },
      { tag: 'newer-store', fault: 'Written by a newer Toploss', holds: 'refused, untouched' },
      { tag: 'opened-twice', fault: 'Opened twice', holds: 'the second is refused, naming the first' },
      { tag: 'stale-lock', fault: 'Lock of a killed process', holds: 'taken over' },
      {
        tag: 'read-only-place',
        fault: 'Read-only place',
        holds: 'said, what to do, or the project lies with the user',
      },
      { tag: 'log-of-changes', fault: 'Log of changes', holds: 'append-only' },
      {
        tag: 'bulk-decisions',
        fault: 'Bulk decisions',
        holds: 'all or none, one undo, also after a restart',
      },
      { tag: 'network-drive', fault: 'Network drive', holds: 'the project lies with the user' },
      {
        tag: 'store-gone',
        fault: 'Moved or deleted while open',
        holds: 'said, no more changes, restored or opened anew',
      },
      { tag: 'log-growth', fault: 'Growth of the log', holds: 'folded on idle, bounded' },
      { tag: 'clock-set-back', fault: 'Clock set back, sleep', holds: 'order by number, the lock is kept' },
    ],
  },
  {
    name: 'Images',
    faults: [
      {
        tag: 'hostile-images',
        fault: 'Files that broke other decoders, and files that unfold to as much as the limits let them',
        holds:
          'each is ranked and shown, or has a reason; the app survives; all its processes take less than 700 MB',
      },
      { tag: 'damaged-images', fault: 'Damaged images', holds: 'listed, the others are ranked' },
      {
        tag: 'type-by-content',
        fault: 'Type by content, not by name',
        holds: 'wrong extensions, text and empty files are told',
      },
      { tag: 'svg', fault: 'SVG (CVE-2026-23516) and other formats', holds: 'not ranked, never shown' },
      {
        tag: 'decoder-dies',
        fault: 'The decoder dies',
        holds: 'the next picture is shown; one that kills it fails alone',
      },
      {
        tag: 'odd-names',
        fault: 'Names: newline, emoji, right to left, 255 bytes, invalid UTF-8',
        holds: 'listed in plain order, exact in JSON and every export, shown with escapes',
      },
      {
        tag: 'links-and-pipes',
        fault: 'Links, pipes, sockets, devices, loops',
        holds: 'listed, never opened',
      },
      {
        tag: 'unreadable',
        fault: 'Folders or files that may not be read',
        holds: 'listed, tried again later',
      },
      {
        tag: 'vanished-files',
        fault: 'Files that vanish, change or swap names',
        holds: 'verdicts follow the content',
      },
      {
        tag: 'changing-files',
        fault: 'Files that change while they are read',
        holds:
          'listed with the reason, and read again the next time: no half of one version and half of another is hashed, ranked or shown',
      },
      { tag: 'deep-folders', fault: 'Deep and full folders', holds: 'found, in less than 250 MB' },
      { tag: 'pixel-bombs', fault: 'Pixel bombs', holds: 'refused by their headers' },
      { tag: 'no-decoder', fault: 'Scripts of ImageMagick, SVG, other formats', holds: 'have no decoder' },
      { tag: 'first-picture', fault: 'Animations, several pages', holds: 'the first picture' },
      {
        tag: 'colours',
        fault: 'CMYK, 16 bit, alpha, palette, ICC',
        holds:
          'the same pixels for page and training; CMYK as Little CMS has it, Display P3 as its definition',
      },
      { tag: 'orientation', fault: 'EXIF 1 to 8', holds: 'upright' },
      { tag: 'deadly-images', fault: 'Files that kill the decoder', holds: 'listed, the run goes on' },
    ],
  },
  {
    name: 'Files',
    faults: [
      {
        tag: 'export-exists',
        fault: 'An export meets a file or a link of its name',
        holds: 'nothing is overwritten',
      },
      { tag: 'export-inside', fault: 'An export into the data set', holds: 'refused' },
      { tag: 'export-twins', fault: 'Twins by case or Unicode form', holds: 'numbered' },
      { tag: 'export-full-disk', fault: 'Disk full during an export', holds: 'nothing is there' },
      { tag: 'export-missing', fault: 'An original is missing', holds: 'the export is not written' },
      { tag: 'originals', fault: 'Originals', holds: 'as they were' },
      {
        tag: 'move-excluded',
        fault: 'Moving excluded images out and back, also across file systems',
        holds: 'every byte is there, verdicts stay',
      },
      {
        tag: 'move-killed',
        fault: 'Killed at any step of a move',
        holds: 'nothing is lost, the next start goes on',
      },
      {
        tag: 'move-full-disk',
        fault: 'Disk full in the middle of a move',
        holds: 'the file is where it was, nothing half written, the others go',
      },
      {
        tag: 'move-read-only',
        fault: 'A disk that can only be read',
        holds: 'the file stays and is excluded as before; it goes once the disk can be written, once',
      },
      { tag: 'move-name-taken', fault: 'The name is taken', holds: 'never overwritten, numbered' },
      { tag: 'move-changed', fault: 'The file has changed since', holds: 'it stays, the others go' },
      {
        tag: 'move-page',
        fault: 'Moving and putting back in the page',
        holds: 'a preview first; how it ended, and why each file stayed',
      },
      {
        tag: 'move-cancelled',
        fault: 'Not excluded any more when its turn comes, or cancelled',
        holds: 'it stays, and how many were moved is said',
      },
      { tag: 'move-unstored', fault: 'A move that cannot be stored', holds: 'taken up at the next start' },
      {
        tag: 'system-trash',
        fault: "The system's trash refuses, does nothing, or is killed in the middle",
        holds: 'the file stays, nothing is deleted in its place',
      },
      {
        tag: 'real-trash',
        fault: "The real system's trash",
        holds: '',
        notShown: "needs Electron's binary, which is not part of the tests' set-up",
      },
    ],
  },
  {
    name: 'Training',
    faults: [
      {
        tag: 'trainer-crash',
        fault: 'Crash of the trainer',
        holds: 'said, labels are stored, the next decision starts another',
      },
      { tag: 'trainer-memory', fault: 'Out of memory', holds: 'said' },
      { tag: 'trainer-hang', fault: 'Hang that ignores SIGTERM', holds: 'killed, and the reason says so' },
      { tag: 'machine-sleep', fault: 'Sleep of the machine', holds: 'no false alarm' },
      { tag: 'crash-loop', fault: 'Crash loop', holds: 'left alone until asked' },
      { tag: 'bad-messages', fault: 'Garbage, huge or late messages', holds: 'passed over and logged' },
      { tag: 'busy-cancelled', fault: 'Cancelled while busy', holds: 'ended, no process left behind' },
      {
        tag: 'training-killed',
        fault: 'Killed in the middle',
        holds: 'goes on, the same scores byte for byte',
      },
      { tag: 'torn-features', fault: 'Features torn on disk', holds: 'computed anew' },
      {
        tag: 'too-few-images',
        fault: 'One class, one image, no image that can be decoded',
        holds: 'said before it begins',
      },
      { tag: 'one-image-class', fault: 'A class of one image', holds: 'no obstacle' },
      {
        tag: 'bad-model',
        fault: 'A file that is no model (CVE-2025-5173)',
        holds: 'refused; models are graphs and weights, never code; their shapes are checked',
      },
      {
        tag: 'finetune-cut-off',
        fault: 'A fine-tuning that is cut off',
        holds: 'finished epochs are kept; it goes on after them, also after a restart',
      },
      {
        tag: 'torn-checkpoint',
        fault: 'Torn checkpoint of a fine-tuning',
        holds: 'passed over for the one before it, which is said; the same end',
      },
      {
        tag: 'stopped-epoch',
        fault: 'Stopped after any epoch',
        holds: 'goes on to the same end, to the last bit',
      },
      { tag: 'no-number', fault: 'Loss that is no number', holds: 'says at which rate, and what to do' },
      {
        tag: 'untrainable',
        fault: 'What cannot be trained on',
        holds: 'refused before anything is computed',
      },
      {
        tag: 'damaged-cache',
        fault: 'Pixels damaged in the cache, or a kill while it is written',
        holds: 'decoded anew, goes on',
      },
      { tag: 'child-ends', fault: 'Signals and early ends of a child', holds: 'the reason is said' },
      { tag: 'parent-killed', fault: 'The parent is killed', holds: 'no orphan is left' },
      {
        tag: 'lost-device',
        fault: 'A GPU that is lost, memory that runs out in a fine-tuning',
        holds: 'half the batch, a new process, another engine where that is allowed; all of it said',
      },
      {
        tag: 'engine-trouble',
        fault: 'An engine that is not there, crashes or hangs when it is tried',
        holds: 'named with the reason, the others are tried; never another one silently',
      },
    ],
  },
  {
    name: 'Browser',
    faults: [
      {
        tag: 'hostile-requests',
        fault: '318 hostile requests over raw sockets, by CVE',
        holds: 'refused or harmless; no label, log or file changes; no byte of an image, path or token',
      },
      { tag: 'loopback-only', fault: 'Reached from another machine', holds: 'it listens on loopback alone' },
      {
        tag: 'dns-rebinding',
        fault:
          'DNS rebinding (CVE-2024-28224, CVE-2025-66414, CVE-2025-66416, CVE-2026-34742, CVE-2026-11624)',
        holds: '403 before routing, any host but ours',
      },
      {
        tag: 'origin-check',
        fault:
          'Loose Origin check (CVE-2026-40110), Origin null (CVE-2024-47165, CVE-2024-47084, CVE-2025-5320)',
        holds: 'equal to ours or refused',
      },
      {
        tag: 'cross-site',
        fault:
          'Cross-site inclusion (CVE-2023-40170), CORS (CVE-2026-34237), WebSockets (CVE-2025-24010, CVE-2025-24964, CVE-2026-44211, GHSA-frjg-g767-7363)',
        holds: 'a page on another port reaches nothing',
      },
      {
        tag: 'cross-site-post',
        fault: 'Cross-site POST (CVE-2024-1727)',
        holds: 'JSON alone, from ourselves alone',
      },
      {
        tag: 'token',
        fault:
          'Token: used twice, always the same (GHSA-f475-x83m-rx5m), leaked (CVE-2024-22421, CVE-2022-29241)',
        holds: 'once, another at each start, in memory only, in no link',
      },
      {
        tag: 'other-server',
        fault: 'Another server on this machine, opened in the same browser',
        holds: 'it sees nothing that opens Toploss: no cookie, no address',
      },
      {
        tag: 'open-redirect',
        fault: 'Open redirect (CVE-2023-39968, CVE-2020-26232)',
        holds: 'every redirect leads to `/`',
      },
      {
        tag: 'traversal',
        fault:
          'Traversal (CVE-2026-5422, CVE-2023-51449, CVE-2023-6831, CVE-2023-3765, CVE-2024-2928, CVE-2025-30208, GHSA-cpmr-mw4j-99r7)',
        holds: "pictures by number, the page's files from a list",
      },
      {
        tag: 'closed-fields',
        fault: 'Fields to sort and filter by (CVE-2023-47117)',
        holds: 'a closed list',
      },
      {
        tag: 'encoded-anew',
        fault: "Type from a name (CVE-2023-47115), user's HTML (CVE-2026-44727)",
        holds: 'encoded anew, sandboxed',
      },
      {
        tag: 'markup-in-names',
        fault: 'Markup in names (CVE-2024-26152, CVE-2025-25296, CVE-2025-47783)',
        holds: 'shown as text in every view',
      },
      { tag: 'policy', fault: 'Content security policy', holds: 'no violation over every view and dialog' },
      {
        tag: 'requests-elsewhere',
        fault: 'Requests elsewhere (GHSA-fq23-g58m-799r, GHSA-p59w-9gqw-wj8r)',
        holds: 'none of page or app leaves the machine, in any browser test',
      },
      { tag: 'slow-clients', fault: 'Slow clients', holds: 'hung up on' },
      { tag: 'large-calls', fault: 'Large calls', holds: '413' },
      {
        tag: 'unread-stream',
        fault: 'A client that does not read',
        holds: 'held back, then told to read all anew',
      },
      { tag: 'idle-clients', fault: 'Half-open, idle and vanishing clients', holds: 'served, forgotten' },
      { tag: 'broken-stream', fault: 'A stream that breaks off', holds: 'taken up behind the last number' },
      { tag: 'sigterm', fault: 'SIGTERM with clients connected', holds: 'ends cleanly' },
      { tag: 'two-tabs', fault: 'Two tabs, a reload', holds: 'both follow' },
      {
        tag: 'home-folder',
        fault: 'The home folder as a data set (CVE-2022-29241)',
        holds: 'what Toploss keeps there is neither listed as images nor served',
      },
    ],
  },
  {
    name: 'Desktop',
    about:
      "The items of Electron's security checklist. The tests use stand-ins for Electron. `e2e/desktop.spec.ts` asks the real window for its preferences, permissions, policy and scheme where Electron's binary is installed; where it is not, `npm test` says so and counts it as skipped.",
    faults: [
      {
        tag: 'electron-1-secure-content',
        fault: '1 Only secure content',
        holds: 'the page comes from `app://`, nothing from elsewhere',
      },
      { tag: 'electron-2-no-node', fault: '2 No Node in the page', holds: '' },
      { tag: 'electron-3-isolation', fault: '3 Context isolation', holds: '' },
      { tag: 'electron-4-sandbox', fault: '4 Sandbox', holds: 'for every process' },
      { tag: 'electron-5-permissions', fault: '5 Permissions', holds: 'all denied, asked for or checked' },
      { tag: 'electron-6-web-security', fault: '6 Web security on', holds: '' },
      { tag: 'electron-7-policy', fault: '7 Content security policy', holds: 'one for both shells' },
      { tag: 'electron-8-insecure-content', fault: '8 No insecure content', holds: '' },
      { tag: 'electron-9-experimental', fault: '9 No experimental features', holds: '' },
      { tag: 'electron-10-blink', fault: '10 No Blink features', holds: 'none is named' },
      { tag: 'electron-11-no-webviews', fault: '11 No webviews', holds: 'the tag is off' },
      { tag: 'electron-12-webviews-checked', fault: '12 Webviews checked', holds: 'none is attached' },
      { tag: 'electron-13-navigation', fault: '13 Navigation', holds: "the app's own page alone" },
      { tag: 'electron-14-windows', fault: '14 New windows', holds: 'none' },
      { tag: 'electron-15-open-external', fault: '15 openExternal', holds: 'not used' },
      {
        tag: 'electron-16-current',
        fault: '16 Current Electron',
        holds: 'one of the latest three majors: `npm run electron-support`',
      },
      {
        tag: 'electron-17-senders',
        fault: '17 Sender of messages',
        holds: "the page's main frame alone, arguments checked",
      },
      { tag: 'electron-18-protocol', fault: '18 Custom protocol', holds: '`app://`, never `file://`' },
      { tag: 'electron-19-fuses', fault: '19 Fuses', holds: 'every one decided on, strictly' },
      { tag: 'electron-20-no-raw-api', fault: '20 No raw API for the page', holds: 'three functions' },
      {
        tag: 'archive-integrity',
        fault: 'Integrity of the archive',
        holds: 'configured; on macOS and Windows only',
      },
      {
        tag: 'packaged-binary',
        fault: 'The settings, policy and fuses in a packaged binary; a tampered archive that does not start',
        holds: '',
        notShown: "needs Electron's binary, which is not part of the tests' set-up",
      },
      {
        tag: 'update-signatures',
        fault: 'Signatures of updates',
        holds: '',
        notShown: 'Toploss does not update itself',
      },
    ],
  },
];

export const faults: readonly Fault[] = areas.flatMap((area) => area.faults);
