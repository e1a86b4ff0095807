export { normalForm } from './normal-form.ts';
export { TIERS, tierOf, votesOf, weightOf, type Tier, type TierBounds } from './rank.ts';
export { tierWords } from './words.ts';
export { allowedEdits, editsBetween, spellingKeys } from './spelling.ts';
