export { NameBasic, NamePage, NameQuery, TitleBasic, TitlePage, TitleQuery } from './catalogue.ts';
export { Health } from './health.ts';
export { Problem } from './problem.ts';
export { NameId, TitleId } from './row.ts';
export * from './runs.ts';
