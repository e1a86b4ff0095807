import { occurs, shareOfNames, shareOfTitles } from './measures.ts';
import { EXACT, type Property } from './property.ts';

/** From movies of 2022, as other sets have too few titles. No set contains signs. */
const TITLE_TEXT: readonly Property[] = (
  [
    ['a colon', /:/u, 4],
    ['a hyphen', /\p{L}-\p{L}/u, 2.5],
    // two of 2,000
    ['initials (S.W.O.T.)', /\b\p{L}\.\p{L}\./u, 4],
    ['words run together (TwoWords)', /\p{Ll}\p{Lu}/u, 2.5],
    ['! or ?', /[!?]/u, 2.5],
    ['an ampersand', /&/u, 2.5],
    ['a slash', /\//u, 2.5],
    ['an ellipsis', /\.\.\./u, 4],
    ['a bracket', /\(/u, 2.5],
    ['an apostrophe', /['’]/u, 2],
    ['other letters than ASCII', /\P{ASCII}/u, 2],
  ] as const
).map(([what, pattern, times]) => ({
  name: `titles with ${what}`,
  measure: shareOfTitles(pattern),
  allowed: { times },
  sets: ['movies-2022'],
}));

const SIGNS: readonly Property[] = ['™', '№', '½', '²', '℠', '®', '³'].map((sign) => ({
  name: `titles with ${sign} occur`,
  measure: occurs('title.basics', ({ primaryTitle }) => primaryTitle?.includes(sign) ?? false),
  allowed: EXACT,
  fact: 1,
}));

const NAME_TEXT: readonly Property[] = (
  [
    ['a hyphen', /\p{L}-\p{L}/u, 2],
    ['initials', /\b\p{L}\./u, 1.5],
    ['initials without a space (S.W.)', /\b\p{L}\.\p{L}\./u, 2],
    ['a particle apart (di Caprio)', /\b(?:[Dd][ie]|[Vv]an|[Dd]e[lr]|[Ll][ae]|Mc|Mac) /u, 2],
    ['a particle run together (DiCaprio)', /\b(?:Di|De|Van|La|Le|Mc|Mac|O')\p{Lu}/u, 2],
    ['one word', /^\S+$/u, 2],
  ] as const
).map(([what, pattern, times]) => ({
  name: `names with ${what}`,
  measure: shareOfNames(pattern),
  allowed: { times },
  sets: ['titles-500', 'movies-2022'],
}));

/** Properties of the texts of titles and names. */
export const TEXT_PROPERTIES: readonly Property[] = [...TITLE_TEXT, ...SIGNS, ...NAME_TEXT];
