import type { CRatingPart, SourceRecord } from '@marquee/contract';
import type { Piece, RatingSums, Sum } from './piece.ts';

/** Movies whose sums are kept in memory; beyond, they are passed on as parts. */
const MAX_MOVIES = 100_000;

/**
 * Turns pieces of a file with many rows a movie into one for each movie, with sums of its ratings.
 * There may be several of one movie, so that memory does not depend on their number.
 */
export class RatingCollector {
  readonly #movies = new Map<string, { piece: Piece; rows: number; sums: Sums }>();

  /** Adds a row. @returns pieces that are done: mostly none */
  add(piece: Piece): Piece[] {
    const key = piece.keys[0] ?? '';
    let movie = this.#movies.get(key);
    const done = movie === undefined && this.#movies.size >= MAX_MOVIES ? this.end() : [];
    if (movie === undefined) {
      movie = { piece, rows: 0, sums: { ratings: new Map(), cRatings: new Map() } };
      this.#movies.set(key, movie);
    }
    movie.rows += 1;
    addSums(movie.sums, sumsOf(piece.content.fields));
    return done;
  }

  /** The pieces of all movies. */
  end(): Piece[] {
    const pieces = [...this.#movies.values()].map(({ piece, rows, sums }) => ({
      ...piece,
      content: { fields: {}, raw: null, sums: frozen(rows, sums) },
    }));
    this.#movies.clear();
    return pieces;
  }
}

interface Sums {
  readonly ratings: Map<string, RatingSums['ratings'][number]>;
  readonly cRatings: Map<CRatingPart, NonNullable<RatingSums['cRatings'][CRatingPart]>>;
}

function sumsOf({ ratings = [], cRatings = {} }: SourceRecord): RatingSums {
  return {
    rows: 1,
    ratings: ratings.map(({ value, votes, ...rating }) => ({ ...rating, ...sumOf(value, votes) })),
    cRatings: Object.fromEntries(
      Object.entries(cRatings).flatMap(([part, voices]) =>
        voices.map(({ value, scale, votes }) => [part, { scale, ...sumOf(value, votes) }]),
      ),
    ),
  };
}

function sumOf(value: number, votes: number | null): Sum {
  const count = votes ?? 1;
  return { sum: value * count, count };
}

function addSums(sums: Sums, { ratings, cRatings }: RatingSums): void {
  for (const rating of ratings)
    sums.ratings.set(rating.name, { ...rating, ...plus(sums.ratings.get(rating.name), rating) });
  for (const [part, voices] of Object.entries(cRatings) as [
    CRatingPart,
    Sum & { scale: RatingSums['ratings'][number]['scale'] },
  ][])
    sums.cRatings.set(part, { ...voices, ...plus(sums.cRatings.get(part), voices) });
}

function plus(a: Sum | undefined, b: Sum): Sum {
  return { sum: (a?.sum ?? 0) + b.sum, count: (a?.count ?? 0) + b.count };
}

function frozen(rows: number, { ratings, cRatings }: Sums): RatingSums {
  return { rows, ratings: [...ratings.values()], cRatings: Object.fromEntries(cRatings) };
}

/** The means of all rows, as fields of a record. Four digits: sums differ by their order beyond. */
export function meansOf(parts: readonly RatingSums[]): SourceRecord {
  const sums: Sums = { ratings: new Map(), cRatings: new Map() };
  for (const part of parts) addSums(sums, part);
  const mean = ({ sum, count }: Sum) => Math.round((sum / count) * 10_000) / 10_000;
  return {
    ...(sums.ratings.size > 0 && {
      ratings: [...sums.ratings.values()].map(({ name, scale, kind, ...of }) => ({
        name,
        value: mean(of),
        scale,
        votes: of.count,
        kind,
      })),
    }),
    ...(sums.cRatings.size > 0 && {
      cRatings: Object.fromEntries(
        [...sums.cRatings].map(([part, { scale, ...of }]) => [
          part,
          [{ value: mean(of), scale, votes: of.count }],
        ]),
      ),
    }),
  };
}
