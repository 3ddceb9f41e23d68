// The first part of every path that the app answers itself; every other path is a file of the page.
export const routes = ['call', 'events', 'thumb', 'image', 'batch', 'preview'] as const;
export type Route = (typeof routes)[number];
