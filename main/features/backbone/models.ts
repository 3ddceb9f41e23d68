// The backbones that Toploss knows by name, as a person chooses among them.
import { existsSync } from 'node:fs';
import type { BackboneModel } from '../../../shared/contract.ts';
import { liteNames } from './efficientNetLite.ts';
import { hubFile, hubModels } from './hub.ts';
import { findLite, liteWheels } from './pretrained.ts';

/** Average precision on CIFAR-10N and on photos of flowers, as far as it was measured: see docs/models.md. */
const gains: Readonly<Record<string, string>> = {
  'efficientnet-lite2': 'the strongest ranking; precision 0.83 on CIFAR-10N, 0.94 on flowers',
  'efficientnet-lite1': 'between the other two',
  'efficientnet-lite0': 'the fastest; precision 0.80 on CIFAR-10N, 0.94 on flowers',
  patches: 'nothing to download; precision 0.64 on CIFAR-10N, 0.66 on flowers',
};
const ofHub = 'pretrained on photos; not measured';

/** The strongest first, and last the one that needs no weights. */
export function backboneModels(): BackboneModel[] {
  return [
    ...liteNames.toReversed().map((name) => describe(name, liteWheels[name].bytes, findLite(name) !== null)),
    ...Object.entries(hubModels).map(([name, { megabytes }]) =>
      describe(name, 1e6 * megabytes, existsSync(hubFile(name))),
    ),
    describe('patches', 0, true),
  ];
}

const describe = (name: string, bytes: number, here: boolean): BackboneModel => ({
  name,
  bytes,
  // Of all that are known by name.
  licence: name === 'patches' ? null : 'Apache-2.0',
  gain: gains[name] ?? ofHub,
  here,
});
