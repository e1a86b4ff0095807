import { USUAL_WORDS, vocabulariesOf, type Vocabulary } from '@marquee/contract';
import { Injectable } from '@nestjs/common';
import { Database, type Statement } from '../../database/database.ts';
import { PublishedWatch } from '../../database/published-watch.ts';
import { faultyInput, withSuggestion, type Fault } from '../../problems/bad-input.ts';
import { OTHER_WORDS } from '../../problems/other-words.ts';
import { suggest } from '../../problems/suggestion.ts';
import { LANGUAGES, REGIONS, type Codes } from './codes.ts';

/**
 * The words of the published data. All three tables are small: counts by value, professions, and
 * the planner's statistics, which list every category of title.principals since there are so few.
 */
const PUBLISHED_WORDS: Statement = {
  name: 'published words',
  text: `
    select distinct case kind when 'type' then 'titleType' else kind end as vocabulary, value as word
    from search.title_count where kind in ('type', 'genre', 'region', 'language')
    union all
    select 'profession', profession from search.profession
    union all
    select 'category', category from pg_stats cross join lateral unnest(most_common_vals::text::text[]) as category
    where schemaname = 'imdb' and tablename = 'title_principals' and attname = 'category'`,
};

const HINT = 'GET /facets lists the types, genres, regions and languages in use.';

type PublishedVocabulary = Exclude<Vocabulary, 'role'>;
type PublishedWords = ReadonlyMap<PublishedVocabulary, readonly string[]>;

/** Checks words of parameters: a misspelt one must not look like one that no title has. */
@Injectable()
export class Vocabularies {
  readonly #database: Database;
  readonly #watch: PublishedWatch;
  #cached: { readonly version: string; readonly words: PublishedWords } | null = null;

  constructor(database: Database, watch: PublishedWatch) {
    this.#database = database;
    this.#watch = watch;
  }

  /**
   * Checks parsed parameters: a word must be in use, or be published.
   *
   * @param schema the schema that has parsed them
   * @returns them in the spelling of the published data
   * @throws ProblemException 400 that names each unknown word, and the nearest one
   */
  async check(schema: unknown, input: unknown): Promise<unknown> {
    if (!isRecord(input)) return input;
    const parameters = [...vocabulariesOf(schema)].filter(([name, vocabulary]) =>
      wordsIn(input[name]).some((word) => !isUsual(vocabulary, word)),
    );
    if (parameters.length === 0) return input;
    const published = await this.#published();
    const faults = parameters.flatMap(([name, vocabulary]) =>
      wordsIn(input[name])
        .filter((word) => respell(published, vocabulary, word) === undefined)
        .map((word) => faultOf(name, vocabulary, word, published)),
    );
    if (faults.length > 0) throw faultyInput(faults, HINT);
    return {
      ...input,
      ...Object.fromEntries(
        parameters.map(([name, vocabulary]) => {
          const words = wordsIn(input[name]).map((word) => respell(published, vocabulary, word));
          return [name, Array.isArray(input[name]) ? words : words[0]];
        }),
      ),
    };
  }

  async #published(): Promise<PublishedWords> {
    const { version } = this.#watch;
    if (version !== null && this.#cached?.version === version) return this.#cached.words;
    const rows = await this.#database.read<{ vocabulary: PublishedVocabulary; word: string }>(
      PUBLISHED_WORDS,
      [],
    );
    const words = new Map(
      [...Map.groupBy(rows, ({ vocabulary }) => vocabulary)].map(([vocabulary, some]) => [
        vocabulary,
        some.map(({ word }) => word),
      ]),
    );
    if (version !== null) this.#cached = { version, words };
    return words;
  }
}

function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null;
}

/** The words of a parameter: one, several or none. */
function wordsIn(value: unknown): string[] {
  return [value].flat().filter((word) => typeof word === 'string');
}

/** Whether a word is in use by IMDb: titles with it may still come. */
function isUsual(vocabulary: Vocabulary, word: string): boolean {
  if (vocabulary === 'region') return REGIONS.isCode(word);
  if (vocabulary === 'language') return LANGUAGES.isCode(word);
  return USUAL_WORDS[vocabulary].includes(word);
}

/** A word as the files spell it; undefined if it is unknown. */
function respell(
  published: PublishedWords,
  vocabulary: Vocabulary,
  word: string,
): string | undefined {
  return isUsual(vocabulary, word)
    ? word
    : publishedOf(published, vocabulary).find((one) => one.toLowerCase() === word.toLowerCase());
}

function publishedOf(published: PublishedWords, vocabulary: Vocabulary): readonly string[] {
  return published.get(vocabulary === 'role' ? 'category' : vocabulary) ?? [];
}

function faultOf(
  where: string,
  vocabulary: Vocabulary,
  word: string,
  published: PublishedWords,
): Fault {
  const fault = { where, what: `unknown value ${JSON.stringify(word)}` };
  if (vocabulary === 'region' || vocabulary === 'language') {
    const code = codeFor(word, vocabulary === 'region' ? REGIONS : LANGUAGES);
    return withSuggestion(fault, code, EXPECTED_CODE[vocabulary]);
  }
  if (vocabulary === 'titleType' && /^(?:person|people|names?)$/iu.test(word))
    return { ...fault, what: `${fault.what}; people are no titles: GET /names lists them` };
  const known = [...new Set([...USUAL_WORDS[vocabulary], ...publishedOf(published, vocabulary)])];
  return withSuggestion(
    fault,
    suggest(word, known, OTHER_WORDS[vocabulary]),
    `; expected one of ${known.join(', ')}`,
  );
}

const EXPECTED_CODE = {
  region: '; expected a code of two letters, such as DE, or one of IMDb, such as XWW',
  language: '; expected a code of two or three letters, such as de',
};

/** The code that a name or an outdated code stands for. */
function codeFor(word: string, codes: Codes): string | undefined {
  const byName = codes.byName();
  // most codes are one edit away from another one
  if (word.length <= 3) return byName[word.toLowerCase()];
  const name = suggest(word, Object.keys(byName));
  return name === undefined ? undefined : byName[name];
}
