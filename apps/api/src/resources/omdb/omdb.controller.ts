import { imdbIdOf, MAX_SEARCH_RESULTS } from '@marquee/contract';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { Database } from '../../database/database.ts';
import { withDeadline } from '../../database/deadline.ts';
import {
  imdbTypesOf,
  omdbError,
  omdbProblem,
  omdbSearch,
  omdbSeason,
  omdbTitle,
  seasonOf,
  totalSeasonsOf,
} from './omdb-answers.ts';
import { readOmdbParameters, type OmdbParameters } from './parameters.ts';
import { OmdbAnswer } from './shapes.ts';
import { findTitles } from './title-finder.ts';
import {
  BRIEFS,
  EPISODES,
  TITLE,
  type BriefRow,
  type EpisodeRow,
  type TitleRow,
} from './title-statements.ts';
import { Access, Published } from '../../http/auth/access-policy.ts';

const PAGE = 10;

/** OMDb's API over IMDb's data: OMDb clients work with another base URL. */
@ApiTags('omdb')
@Access({
  read: 'reader',
  keyParameter: 'apikey',
  ignoresUnknownParameters: true,
  errorBody: omdbProblem,
})
@Published()
@Controller('omdb')
export class OmdbController {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  @Get()
  @ApiOperation({
    operationId: 'omdb',
    summary: 'OMDb’s API, for its clients',
    description:
      "OMDb's parameters, shapes and errors, which have the status 200 as there. docs/omdb.md says how to point clients here, and what differs. What IMDb's files lack is `N/A`: plots, posters, age ratings, other sites' ratings. Names of parameters are case-insensitive, and unknown ones are ignored.",
  })
  @ApiQuery({
    name: 'i',
    required: false,
    description: 'The title with this id',
    example: 'tt0000001',
  })
  @ApiQuery({
    name: 't',
    required: false,
    description: 'The best-known title with this name',
    example: 'The Long Winter',
  })
  @ApiQuery({
    name: 's',
    required: false,
    description: 'A search text: titles, ten a page',
    example: 'Winter',
  })
  @ApiQuery({
    name: 'type',
    required: false,
    description: 'movie, series, episode or game',
    example: 'movie',
  })
  @ApiQuery({ name: 'y', required: false, description: 'A year in which it ran', example: '1977' })
  @ApiQuery({
    name: 'Season',
    required: false,
    description: 'With i or t of a series: the episodes of this season',
    example: '1',
  })
  @ApiQuery({
    name: 'Episode',
    required: false,
    description: 'With Season: this episode',
    example: '2',
  })
  @ApiQuery({
    name: 'page',
    required: false,
    description: `With s: 1 to ${MAX_SEARCH_RESULTS / PAGE}; a search finds at most ${MAX_SEARCH_RESULTS} titles`,
    example: '1',
  })
  @ApiQuery({
    name: 'plot',
    required: false,
    description: 'Ignored: there are no plots',
    example: 'short',
  })
  @ApiQuery({
    name: 'r',
    required: false,
    description: 'json; XML is not supported',
    example: 'json',
  })
  @ApiQuery({
    name: 'apikey',
    required: false,
    description: 'A key, if the server needs one. A header is safer: proxies log URLs',
    example: 'mq_…',
  })
  @ApiOkResponse({ description: 'The result, or an error', standardSchema: OmdbAnswer })
  async get(@Query() query: Readonly<Record<string, unknown>>): Promise<OmdbAnswer> {
    const parameters = readOmdbParameters(query);
    const { r, i, t, s } = parameters;
    if (r !== 'json') return omdbError('Only JSON is supported: use r=json, or leave out r.');
    if (i !== null) return this.#byId(i, parameters);
    if (t !== null) return this.#byTitle(t, parameters);
    if (s !== null) return this.#search(s, parameters);
    return omdbError('Incorrect IMDb ID.');
  }

  async #byId(id: string, parameters: OmdbParameters): Promise<OmdbAnswer> {
    const asked = imdbIdOf(id);
    if (asked?.kind !== 'title') return omdbError('Incorrect IMDb ID.');
    if (parameters.season !== null)
      return this.#season(asked.id, parameters.season, parameters.episode);
    return this.#title(asked.id);
  }

  async #title(id: string): Promise<OmdbAnswer> {
    const [row] = await this.#database.read<TitleRow>(TITLE, [id]);
    return row === undefined ? omdbError('Error getting data.') : omdbTitle(row);
  }

  async #byTitle(
    text: string,
    { type, year, season, episode }: OmdbParameters,
  ): Promise<OmdbAnswer> {
    // one deadline for all searches
    const reads = withDeadline(this.#database);
    const find = async (types: readonly string[], isFirstYear: boolean, isFuzzy = false) =>
      (await findTitles(reads, { text, types, year, isFirstYear, isFuzzy, limit: 1 }))[0];
    // prefers a title that began in that year to a series that ran in it
    const best = async (types: readonly string[]) =>
      (year === null ? undefined : await find(types, true)) ?? (await find(types, false));
    if (season !== null) {
      const types = imdbTypesOf('series');
      const series = (await best(types)) ?? (await find(types, false, true));
      return series === undefined
        ? omdbError(seasonNotFound(episode))
        : this.#season(series, season, episode);
    }
    const types = imdbTypesOf(type);
    // prefers any other title of that name to an episode, and that to one of a similar name
    const found =
      (await best(types)) ??
      (type === null ? await best(imdbTypesOf('episode')) : undefined) ??
      (await find(types, false, true));
    return found === undefined ? omdbError(notFound(type)) : this.#title(found);
  }

  async #search(text: string, { type, year, page }: OmdbParameters): Promise<OmdbAnswer> {
    const found = await findTitles(this.#database, {
      text,
      types: imdbTypesOf(type),
      year,
      isFirstYear: false,
      isFuzzy: true,
      limit: MAX_SEARCH_RESULTS,
    });
    const ids = page < 1 ? [] : found.slice((page - 1) * PAGE, page * PAGE);
    if (ids.length === 0) return omdbError(notFound(type));
    return omdbSearch(await this.#database.read<BriefRow>(BRIEFS, [ids]), found.length);
  }

  async #season(seriesId: string, season: number, episode: number | null): Promise<OmdbAnswer> {
    const [series] = await this.#database.read<TitleRow>(TITLE, [seriesId]);
    if (series === undefined) return omdbError(seasonNotFound(episode));
    const number = seasonOf(series, season);
    const episodes = await this.#database.read<EpisodeRow>(EPISODES, [seriesId, number, episode]);
    const [first] = episodes;
    if (episode !== null)
      return first === undefined ? omdbError(seasonNotFound(episode)) : this.#title(first.tconst);
    // clients request every season up to the last: one without numbered episodes is a gap
    const isThere = first !== undefined || (season > 0 && season <= totalSeasonsOf(series));
    return isThere ? omdbSeason(series, number, episodes) : omdbError(seasonNotFound(episode));
  }
}

function seasonNotFound(episode: number | null): string {
  return `Series or ${episode === null ? 'season' : 'episode'} not found!`;
}

function notFound(type: string | null): string {
  return type === 'series' ? 'Series not found!' : 'Movie not found!';
}
