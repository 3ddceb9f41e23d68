// The phases of everything that takes long: what each is called, and what it counts.

export const phases = {
  draw: { title: 'Drawing the sample', unit: 'images' },
  import: { title: 'Looking at files', unit: 'files' },
  download: { title: 'Downloading weights', unit: 'bytes' },
  patches: { title: 'Learning patch filters', unit: 'images' },
  features: { title: 'Reading images', unit: 'images' },
  head: { title: 'Fitting the head', unit: '%' },
  pixels: { title: 'Presizing images', unit: 'images' },
  rate: { title: 'Looking for the learning rate', unit: '%' },
  training: { title: 'Fine-tuning', unit: 'images' },
  scoring: { title: 'Scoring', unit: 'images' },
  export: { title: 'Writing', unit: 'images' },
  'move-out': { title: 'Moving excluded images out', unit: 'images' },
  'put-back': { title: 'Putting images back', unit: 'images' },
  discard: { title: "Moving to the system's trash", unit: 'images' },
} as const satisfies Record<string, { readonly title: string; readonly unit: string }>;

export type Phase = keyof typeof phases;
