import { RequestedMovieId, RequestedNameId, type Movie, type NameBasic } from '@marquee/contract';
import { joinFacts, labelOf, runtime, years } from '@marquee/contract/title-facts';
import type { Database } from '../../database/database.ts';
import { html, type Html } from '../../http/site/site-document.ts';
import { readMovieDocuments } from '../../read-models/movies/movie-documents.ts';
import { readPosters } from '../../read-models/pictures/pictures.ts';
import { readNames } from '../../read-models/text-search/found-rows.ts';

/** A movie or a person as a small page shows it. */
export interface Entity {
  readonly id: string;
  readonly name: string;
  readonly facts: string;
  readonly text: string | null;
  /** SHA-256 of its poster or portrait. */
  readonly poster: string | null;
}

/** Characters of an overview that fit. */
const MAX_OVERVIEW = 220;
/** People and professions that fit. */
const MAX_NAMES = 4;

/** A movie or person by an id in any form; null if nothing has it. */
export async function readEntity(database: Database, given: string): Promise<Entity | null> {
  const nconst = RequestedNameId.safeParse(given).data;
  if (nconst !== undefined) {
    const people = await readNames(database, [{ kind: 'name', id: nconst }]);
    const person = people.get(nconst);
    return person === undefined ? null : entityOfPerson(database, person);
  }
  const id = RequestedMovieId.safeParse(given).data;
  const movie = id === undefined ? undefined : (await readMovieDocuments(database, [id])).get(id);
  return movie === undefined ? null : entityOfMovie(database, movie);
}

async function entityOfPerson(database: Database, person: NameBasic): Promise<Entity> {
  const { nconst, primaryName, birthYear, deathYear, primaryProfession } = person;
  const professions = (primaryProfession ?? []).slice(0, MAX_NAMES).map(labelOf);
  return {
    id: nconst,
    name: primaryName ?? nconst,
    facts: joinFacts(years(birthYear, deathYear), professions.join(', ')),
    text: null,
    poster: await posterOf(database, nconst),
  };
}

async function entityOfMovie(database: Database, movie: Movie): Promise<Entity> {
  const { id, title, originalTitle, type, year, endYear, runtimeMinutes, genres, rating } = movie;
  const directors = movie.people
    .filter(({ role }) => role === 'director')
    .slice(0, MAX_NAMES)
    .map(({ name }) => name);
  return {
    id,
    name: title ?? id,
    facts: joinFacts(
      originalTitle !== title && originalTitle,
      labelOf(type),
      years(year, endYear),
      runtimeMinutes !== null && runtime(runtimeMinutes),
      genres.join(', '),
      directors.length > 0 && `Directed by ${directors.join(', ')}`,
      rating !== null &&
        `★ ${rating.value.toFixed(1)} of ${rating.votes.toLocaleString('en')} votes`,
    ),
    text: movie.overview === null ? null : shortened(movie.overview),
    poster: await posterOf(database, id),
  };
}

async function posterOf(database: Database, id: string): Promise<string | null> {
  return (await readPosters(database, [id])).get(id) ?? null;
}

function shortened(text: string): string {
  return text.length <= MAX_OVERVIEW ? text : `${text.slice(0, MAX_OVERVIEW).trimEnd()}…`;
}

/** A small text about an entity, without scripts. */
export function entityText({ id, name, facts, text, poster }: Entity): Html {
  return html`${
      poster !== null &&
      html`<img src="/pictures/${poster}/154.webp" alt="" width="90" height="135" />`
    }
    <h1>${name}</h1>
    <p>${facts}</p>
    ${text !== null && html`<p>${text}</p>`}
    <p><small>${id}</small></p>`;
}

const STYLE = `
  body { margin: 0; padding: 12px; font: 14px/1.4 system-ui, sans-serif; color: #1a1a1a; background: #fff }
  img { float: left; margin-right: 12px; object-fit: cover }
  h1 { margin: 0 0 4px; font-size: 17px }
  p { margin: 0 0 4px }
  small { color: #666 }
  @media (prefers-color-scheme: dark) { body { color: #eee; background: #1a1a1a } small { color: #aaa } }`;

/** The page of an entity that other programs show in a frame. */
export function entityPage(entity: Entity): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${entity.name}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        ${entityText(entity)}
      </body>
    </html>`.text;
}

/**
 * Headers of that page: any page may frame it, as nothing in it can be clicked. It loads pictures of
 * this server alone.
 */
export const FRAMED = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *",
  'Cross-Origin-Resource-Policy': 'cross-origin',
} as const;
