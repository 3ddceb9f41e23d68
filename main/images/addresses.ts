// The addresses of pictures: by the ids of project and image, never by a path. Where the app is served to a browser
// they carry a key, since an image element can send nothing else that shows who asks.
import { Failure } from '../../shared/failure.ts';
import type { ProjectId } from '../../shared/domain.ts';

export type PictureKind = 'thumb' | 'image' | 'batch' | 'preview';

/** Makes an address. `version`: of the content, so that the picture can be kept as long as it is the same. */
export type AddressOf = (kind: PictureKind, project: string, number: number, version?: string) => string;

export const pictureKeyName = 'key';

/** `key`: of the browser's session; null where only our own page can ask. */
export function picturesAt(key: string | null): AddressOf {
  return (kind, project, number, version) => {
    const query = new URLSearchParams({
      ...(version !== undefined && { v: version }),
      ...(key !== null && { [pictureKeyName]: key }),
    }).toString();
    return `/${kind}/${project}/${number}${query && `?${query}`}`;
  };
}

/** `<project>/<number>` to the letter: what merely resembles it leads nowhere. @throws Failure `not-found` */
export function readAddress(place: string): { readonly project: ProjectId; readonly number: number } {
  const [, project, number] = /^([0-9a-f]{16})\/(0|[1-9]\d{0,14})$/.exec(place) ?? [];
  if (project === undefined || number === undefined)
    throw new Failure('not-found', 'There is no such picture.');
  return { project: project as ProjectId, number: Number(number) };
}
