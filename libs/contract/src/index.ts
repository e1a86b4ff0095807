export { NameBasic, NamePage, NamePath, NameQuery, TitleBasic, TitlePage, TitlePath, TitleQuery } from './catalogue.ts';
export { Health } from './health.ts';
export { Problem } from './problem.ts';
export { ATTRIBUTION, Published } from './published.ts';
export * from './runs.ts';
