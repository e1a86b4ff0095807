export { articleFirst, articleForms, withoutArticle } from './articles.ts';
export { normalForm } from './normal-form.ts';
export {
  TIER_BOUNDS,
  TIERS,
  tierOf,
  votesOf,
  weightOf,
  WEIGHT_PER_DOUBLING,
  type Tier,
  type TierBounds,
} from './rank.ts';
export { compactForm, compactKey, tierWords } from './words.ts';
export { allowedEdits, editsBetween, spellingKeys } from './spelling.ts';
export { bitFunction, TITLE_BITS, type BitColumn, type BitGroup } from './title-bits.ts';
export { INCLUDED_COLUMNS, TITLE_PARTITIONS } from './title-indexes.ts';
export { TAG_PREFIXES, TITLE_TAGS } from './title-tags.ts';
