// Where the models of backbones are kept that were fetched by name: the user's cache, whichever project asks.
import { join } from 'node:path';
import envPaths from 'env-paths';

export const backbonesFolder = (): string => join(envPaths('toploss', { suffix: '' }).cache, 'backbones');
