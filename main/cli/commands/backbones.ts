import { chooseBackbone, defaultBackbone } from '../../features/backbone/choose.ts';
import { backboneModels } from '../../features/backbone/models.ts';
import { UsageError, type Command } from '../command.ts';
import { withProgress } from '../session.ts';
import { table } from '../table.ts';

export const backbones: Command = {
  name: 'backbones',
  args: ['[get]', '[NAME]'],
  summary: 'List the models that turn images into features; with “get NAME”, fetch one into your cache.',
  details:
    'A model is fetched when it is first named with --backbone, too. The default is fetched by the first ranking:\n' +
    'TOPLOSS_BACKBONE=NAME makes another one the default, TOPLOSS_BACKBONE=patches fetches none.',
  options: {
    json: { type: 'boolean', help: 'one JSON object a line: {"name", "bytes", "licence", "gain", "here"}' },
  },
  async run(given, context) {
    const { print, say } = context;
    const verb = given.optionalArg(0);
    if (verb === null) {
      list(given.flag('json'), print);
      return;
    }
    const name = given.optionalArg(1);
    if (verb !== 'get' || name === null) throw new UsageError('it is “backbones”, or “backbones get NAME”');
    const choice = await withProgress(context, (work) => chooseBackbone(name, work));
    if (choice) print(choice.path);
    else say('patches are learned from each data set: there is nothing to fetch.');
  },
};

function list(asJson: boolean, print: (line: string) => void): void {
  const models = backboneModels();
  if (asJson) {
    for (const model of models) print(JSON.stringify(model));
    return;
  }
  const rows = models.map(({ name, bytes, licence, gain, here }) => [
    name === defaultBackbone() ? `${name} (default)` : name,
    here ? 'here' : `${Math.round(bytes / 1e6)} MB`,
    licence ?? '',
    gain,
  ]);
  for (const line of table(rows)) print(line);
}
