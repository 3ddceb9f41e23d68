// What the page knows of a project: whole states, and changes of them, which an answer and an event both bring.
import { expect, test } from 'vitest';
import type { ClassId, ProjectChange, ProjectId, ProjectState } from '../shared/contract.ts';
import { Project } from './project.svelte.ts';

const named = (id: number, name: string) => ({ id: id as ClassId, name, images: 1, suspects: 0 });

function opened(): Project {
  const state = { id: 'pets', revision: 4, decided: 0, ranking: 1, notice: null, task: null };
  const classes = { classes: [named(1, 'rose'), named(2, 'tulip')], formerClasses: [] };
  return new Project(async () => Promise.reject(new Error('asked')), {
    ...state,
    ...classes,
  } as unknown as ProjectState);
}

const change = (from: number, revision: number, told: Partial<ProjectChange> = {}): ProjectChange => ({
  id: 'pets' as ProjectId,
  from,
  revision,
  parts: {},
  classes: [],
  images: [],
  andMore: false,
  ...told,
});

test('a change replaces what it names, and nothing else', () => {
  const project = opened();
  project.accept(change(4, 5, { parts: { decided: 1 }, classes: [{ ...named(2, 'tulip'), images: 7 }] }));
  expect(project.state).toMatchObject({ revision: 5, decided: 1, ranking: 1 });
  expect(project.state.classes.map(({ images }) => images)).toEqual([1, 7]);
});

test('what an answer and an event both bring is taken over once', () => {
  const project = opened();
  let heard = 0;
  project.onChange(() => (heard += 1));
  project.accept(change(4, 5, { parts: { ranking: 2 } }));
  project.accept(change(4, 5, { parts: { ranking: 2 } }));
  expect(heard).toBe(1);
});

test('a change that comes too early waits for those before it', () => {
  const project = opened();
  project.accept(change(6, 7, { parts: { ranking: 7 } }));
  project.accept(change(5, 6, { parts: { ranking: 6 } }));
  expect(project.state).toMatchObject({ revision: 4, ranking: 1 });
  project.accept(change(4, 5));
  expect(project.state).toMatchObject({ revision: 7, ranking: 7 });
});

test('an answer that spans several events says the same as they do, whichever comes first', () => {
  const [answered, told] = [opened(), opened()];
  const steps = [change(4, 5, { parts: { decided: 1 } }), change(5, 6, { parts: { ranking: 2 } })];
  const all = change(4, 6, { parts: { decided: 1, ranking: 2 } });
  for (const one of [all, ...steps]) answered.accept(one);
  for (const one of [steps[0], all, steps[1]]) if (one) told.accept(one);
  expect(answered.state).toEqual(told.state);
  expect(told.state).toMatchObject({ revision: 6, decided: 1, ranking: 2 });
});

test('where a state is read anew, nothing is known of what happened to images meanwhile', () => {
  const project = opened();
  const heard: boolean[] = [];
  project.onChange(({ andMore }) => heard.push(andMore));
  project.replace({ ...project.state, revision: 9 });
  expect(heard).toEqual([true]);
});

test('a state that is read anew takes the place of any other, and of what waited', () => {
  const project = opened();
  project.accept(change(8, 9, { parts: { ranking: 9 } }));
  project.replace({ ...project.state, revision: 2, ranking: 3 });
  project.accept(change(2, 3, { parts: { decided: 5 } }));
  expect(project.state).toMatchObject({ revision: 3, ranking: 3, decided: 5 });
});

test('classes that no image carries any more keep their names', () => {
  const project = opened();
  project.accept(
    change(4, 5, {
      parts: { classes: [named(2, 'tulip')], formerClasses: [{ id: 1 as ClassId, name: 'rose' }] },
    }),
  );
  expect(project.labelName([1 as ClassId, 2 as ClassId])).toBe('rose + tulip');
});
