import type { DatasetName } from '@marquee/datasets';
import { writeAkas } from './aka-rows.ts';
import { writeName, writePrincipals } from './people-rows.ts';
import type { RowWriter } from './row-writer.ts';
import type { Sample } from './sample.ts';
import { writeBasics, writeCrew, writeEpisodeNumbers, writeRating } from './title-rows.ts';

/** Writes a member's rows. */
type Write = (sample: Sample, member: number, row: RowWriter) => void;

/**
 * The members of each dataset, and the function that writes the rows of one: none, one or many.
 * Also called for members that do not exist on the day, as some files run ahead of others.
 */
export const ROWS: Readonly<
  Record<DatasetName, { readonly of: 'titles' | 'names'; readonly write: Write }>
> = {
  'name.basics': { of: 'names', write: writeName },
  'title.akas': { of: 'titles', write: writeAkas },
  'title.basics': { of: 'titles', write: writeBasics },
  'title.crew': { of: 'titles', write: writeCrew },
  'title.episode': { of: 'titles', write: writeEpisodeNumbers },
  'title.principals': { of: 'titles', write: writePrincipals },
  'title.ratings': { of: 'titles', write: writeRating },
};
