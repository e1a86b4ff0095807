import { MOST_FOUND } from '@marquee/contract';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.ts';
import { findTexts } from '../../read-models/text-search/text-search.ts';
import { isOfYear } from '../../read-models/text-search/years.ts';

/** What titles are searched by. */
export interface TitleSearch {
  readonly text: string;
  /** IMDb's types; only titles of one of these. */
  readonly types: readonly string[];
  /** Only what began in this year or, where that is not asked for, ran in it. */
  readonly year: number | null;
  readonly isFirstYear: boolean;
  /** Whether words may be spelt otherwise. */
  readonly nearToo: boolean;
  /** How many to find; {@link MOST_FOUND} at the most. */
  readonly limit: number;
}

/** Finds titles by text, for OMDb's parameters. */
@Injectable()
export class TitleFinder {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The ids of titles that were found, the best first: of that name, then beginning so, then with
   * all the words; the best known first of each.
   */
  async find({ text, types, year, isFirstYear, nearToo, limit }: TitleSearch): Promise<string[]> {
    const hits = await findTexts(this.#database, {
      q: text,
      kinds: ['title'],
      limit: Math.min(limit, MOST_FOUND),
      depth: 'all',
      isFuzzy: nearToo,
      filter: {
        name: isFirstYear ? 'omdb first year' : 'omdb',
        joins: 'join imdb.title_basics b on b.tconst = hit.id',
        where: (first) => {
          const asked = `$${first + 1}::int`;
          const isRight = isFirstYear ? `b.start_year = ${asked}` : isOfYear('b', asked);
          return `b.title_type = any ($${first}::text[]) and (${asked} is null or ${isRight})`;
        },
        values: [types, year],
      },
    });
    return hits.map(({ id }) => id);
  }
}
