import { Failure } from '../../../shared/failure.ts';

/** @param file a model's, or one beside it. @param detail what is wrong with it. */
export function badBackbone(file: string, detail: string): Failure {
  return new Failure(
    'bad-backbone',
    `${file} can't be used as a backbone: ${detail.trim().replace(/\.$/, '')}. ` +
      'Labels and earlier runs are unchanged. Choose an ONNX image model, or train without one.',
  );
}
