// Names that a file can have, and that a careless reader or writer stumbles over.
export const oddNames: readonly string[] = [
  'a\nb.png',
  'a,"b".png',
  '🌹.png',
  '\u202Egnp.exe.png',
  `${'x'.repeat(251)}.png`,
  'A.png',
  'a.png',
  'trailing ',
  '-rf',
  'e\u0301.png',
  '\u00e9.png',
  'back\\slash.png',
];
