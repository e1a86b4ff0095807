export { searchForms, searchKeys, storedKeys, wantedKeys } from './blocking-keys.ts';
export { describe, nameForm, type Description, type Kind } from './description.ts';
export {
  DOUBTFUL_BITS,
  groupMembers,
  SURE_BITS,
  type Grouping,
  type Member,
  type Pair,
  type NoMatchReason,
} from './groups.ts';
export { scorePair, type NameKind, type PairParts, type PairScore } from './pair-score.ts';
export { similarityOf } from './name-similarity.ts';
export { scoreOf, type Candidate, type Scored, type Wanted } from './score.ts';
export { titleReadings, type TitleReadings } from './title-readings.ts';
