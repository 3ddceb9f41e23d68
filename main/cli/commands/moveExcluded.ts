import { Failure } from '../../../shared/failure.ts';
import {
  moveExcludedOut,
  putExcludedBack,
  trashOf,
  type MoveOptions,
  type MoveReport,
} from '../../dataset/excluded.ts';
import type { Project } from '../../project/open.ts';
import { projectOption, type Command } from '../command.ts';
import { count, withExistingProject, withProgress } from '../session.ts';

function mover(
  names: Pick<Command, 'name' | 'summary' | 'details'>,
  move: (project: Project, options: MoveOptions) => Promise<MoveReport>,
  done: (moved: string, trash: string) => string,
): Command {
  return {
    ...names,
    args: ['DATASET'],
    options: projectOption,
    async run(given, context) {
      const { say } = context;
      await withExistingProject(given, async (project) => {
        const { moved, renamed, stayed } = await withProgress(context, (work) => move(project, { work }));
        say(done(count(moved, 'image'), trashOf(project)));
        for (const { path, now } of renamed) say(`${path} is ${now} now: another file has its name`);
        for (const { path, reason } of stayed) say(`${path} stayed where it is: ${reason}`);
        if (stayed.length > 0)
          throw new Failure('bad-request', `${count(stayed.length, 'file')} stayed, nothing is lost.`);
      });
    },
  };
}

export const moveExcluded = mover(
  {
    name: 'move-excluded',
    summary: "Move the excluded images out of the data set, to trash/ in the project's folder.",
    details:
      'Nothing is deleted or overwritten, and verdicts stay. To take it back: toploss put-back DATASET',
  },
  moveExcludedOut,
  (moved, trash) => `${moved} moved to ${trash}. To take this back: toploss put-back`,
);

export const putBack = mover(
  {
    name: 'put-back',
    summary: 'Put the images that were moved out of the data set back to where they were.',
    details: 'Where another file has taken a name, the image gets a number.',
  },
  putExcludedBack,
  (moved) => `${moved} put back into the data set.`,
);
