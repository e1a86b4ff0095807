import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ListedMovie, Movie as MovieOfApi } from '@marquee/contract';
import { MovieSchema, type Movie } from '@marquee/proto';

/** The fields of a message that is still to be made. */
type MovieFields = Exclude<MessageInitShape<typeof MovieSchema>, Movie>;

/**
 * A movie as a message. Field by field, as a page is mostly spent here: by way of JSON, which knows
 * the same names, it takes three times as long.
 */
export function movieMessage({
  ids,
  ratings,
  rating,
  cRatings,
  version,
  updatedAt,
  ...fields
}: MovieOfApi | ListedMovie): Movie {
  return create(MovieSchema, {
    // null is not set, for which the types of messages have undefined
    ...(fields as Omit<MovieFields, '$typeName'>),
    ids: Object.fromEntries(Object.entries(ids).map(([party, given]) => [party, { ids: given }])),
    ratings: ratings.map(({ votes, ...one }) => ({
      ...one,
      ...(votes !== null && { votes: BigInt(votes) }),
    })),
    rating: rating === null ? undefined : { value: rating.value, votes: BigInt(rating.votes) },
    cRatings: {
      performance: partRating(cRatings.performance),
      soundtrack: partRating(cRatings.soundtrack),
      screenplay: partRating(cRatings.screenplay),
    },
    version: BigInt(version),
    updatedAt: updatedAt === null ? undefined : timestampFromDate(new Date(updatedAt)),
  });
}

function partRating(part: MovieOfApi['cRatings']['performance']) {
  return part === null ? undefined : { value: part.value, voices: BigInt(part.voices) };
}
