import type { ListedTitle, NameBasic } from '@marquee/contract';
import { episodePosition } from '@marquee/contract/title-facts';
import { z } from 'zod';
import { clip } from './answer-size.ts';

/** The longest title or name in a list. */
const MAX_NAME = 120;

const optional = {
  text: z.string().optional(),
  int: z.number().optional(),
  number: z.number().optional(),
};

/** An item of a list, as the contract types it: with all fields, or some. */
export type Item<T> = { readonly [F in keyof T]?: T[F] | undefined };

/** A title in an answer. What is unknown is left out. */
export const TitleLine = z.object({
  id: z.string(),
  title: z.string(),
  type: optional.text,
  year: optional.int,
  endYear: optional.int,
  minutes: optional.int,
  genres: optional.text,
  rating: optional.number,
  votes: optional.int,
  episodeOf: optional.text,
});
export type TitleLine = z.infer<typeof TitleLine>;

/** A title as a line. */
export function titleLine(title: Item<ListedTitle>): TitleLine {
  const id = title.tconst ?? '';
  return {
    id,
    title: clip(title.primaryTitle ?? id, MAX_NAME),
    type: title.titleType ?? undefined,
    year: title.startYear ?? undefined,
    endYear: title.endYear ?? undefined,
    minutes: title.runtimeMinutes ?? undefined,
    genres: title.genres?.join(', ') ?? undefined,
    rating: title.averageRating ?? undefined,
    votes: title.numVotes ?? undefined,
    episodeOf: clip(episodePosition(title.episodeOf), MAX_NAME) || undefined,
  };
}

/** A person by id and name. */
export const PersonRef = z.object({ id: z.string(), name: z.string() });
export type PersonRef = z.infer<typeof PersonRef>;

/** A person of the API as a reference. */
export function personRef({
  nconst,
  primaryName,
}: {
  readonly nconst?: string | null | undefined;
  readonly primaryName?: string | null | undefined;
}): PersonRef {
  return { id: nconst ?? '', name: clip(primaryName ?? nconst ?? 'unknown', MAX_NAME) };
}

/** A person in an answer. What is unknown is left out. */
export const PersonLine = PersonRef.extend({
  born: optional.int,
  died: optional.int,
  professions: optional.text,
});
export type PersonLine = z.infer<typeof PersonLine>;

/** A person as a line. */
export function personLine(person: Item<NameBasic>): PersonLine {
  return {
    ...personRef(person),
    born: person.birthYear ?? undefined,
    died: person.deathYear ?? undefined,
    professions: person.primaryProfession?.join(', ') ?? undefined,
  };
}

/** Counts as a text, the first ones: `actor 48, producer 3`. */
export function countsOf(
  counts: readonly { readonly name: string; readonly titles: number }[],
  most = 6,
): string | undefined {
  const shown = counts.slice(0, most).map(({ name, titles }) => `${name} ${titles}`);
  return shown.length === 0 ? undefined : shown.join(', ');
}
