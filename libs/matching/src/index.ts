export { scoreOf, type Candidate, type Wanted } from './score.ts';
export { titleReadings, withoutArticle, type TitleReadings } from './title-readings.ts';
