// Where an export goes unless the user says otherwise: beside the data set, under a name that says what it is.
import type { ExportRequest } from '../../shared/contract.ts';

export function suggestTarget(dataset: string, format: ExportRequest['format']): string {
  const stem = dataset.replace(/[/\\]+$/, '').replace(/\.csv$/i, '');
  switch (format) {
    case 'csv':
      return `${stem}-cleaned.csv`;
    case 'folder':
      return `${stem}-cleaned`;
    case 'changes':
      return `${stem}-changes.csv`;
    case 'model':
      return `${stem}-network`;
  }
}
