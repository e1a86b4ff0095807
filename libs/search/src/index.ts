export { normalForm } from './normal-form.ts';
export { TIERS, tierOf, votesOf, weightOf, type Tier, type TierBounds } from './rank.ts';
export { tierWords } from './words.ts';
export { allowedEdits, editsBetween, spellingKeys } from './spelling.ts';
export { bitFunction, TITLE_BITS, type BitColumn, type BitGroup } from './title-bits.ts';
export { INCLUDED_COLUMNS, TITLE_PARTITIONS } from './title-indexes.ts';
export { TAG_PREFIXES, TITLE_TAGS } from './title-tags.ts';
