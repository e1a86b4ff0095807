import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { fitsContent } from '../records/fits-content.ts';
import { fileOf, fitsName, fitsPattern } from './file-of.ts';
import {
  DefinitionError,
  definitionJsonSchema,
  hashOf,
  parseDefinition,
} from './parse-definition.ts';
import { shippedDefinitions } from './shipped-definitions.ts';
import { transformReference } from './transform-reference.ts';

const MINE = {
  schema: 1,
  id: 'mine',
  name: 'Mine',
  licence: { name: 'Mine', republish: true },
  files: [{ name: 'films', pattern: 'films*.csv', format: 'csv', fields: { title: 'title' } }],
};

function faultsOf(definition: unknown): string[] {
  try {
    parseDefinition(definition);
    return [];
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return error.faults.map(({ path, message }) => `${path}: ${message}`);
  }
}

it.each([
  [{ homepage: 'javascript:alert(1)' }, 'homepage: expected a URL with http or https'],
  [{ name: 'a\0b' }, ': it has a NUL, or half of a surrogate pair, which PostgreSQL cannot keep'],
  [{ scales: { '\ud800': { min: 0, max: 5, kind: 'own' } } }, ': it has a NUL'],
])('refuses %j', (change, fault) => {
  expect(faultsOf({ ...MINE, ...change })).toEqual([expect.stringContaining(fault)]);
});

it('fits names to patterns with many asterisks in no time', () => {
  const fits = (pattern: string, name: string) =>
    fitsPattern(pattern, name) && fitsPattern(pattern.toUpperCase(), name);
  expect(fits('films*.csv*', 'Films-2024.csv.gz')).toBe(true);
  expect(fits('*a*a', 'a')).toBe(false);
  expect(fits('films.csv', 'films.csv.gz')).toBe(false);
  expect(fits('a.csv', 'axcsv')).toBe(false);
  expect(fits(`${'*a'.repeat(90)}b`, 'a'.repeat(1000))).toBe(false);
});

it('ships a definition of each source', async () => {
  const shipped = await shippedDefinitions();
  expect(shipped.map(({ id }) => id)).toEqual([
    'box-office-mojo',
    'imdb',
    'movielens',
    'movies-metadata',
    'nfo',
    'rotten-tomatoes',
    'the-numbers',
  ]);
  for (const { id, licence, homepage } of shipped)
    expect(id === 'nfo' || (licence.attribution !== undefined && homepage !== undefined)).toBe(
      true,
    );
});

it.each([
  [
    {},
    'files[0].fields.year: expected the name of a column, {"column": …, "transforms": […]} or {"constant": …}',
    { year: 7 },
  ],
  [
    {},
    'files[0].fields.title.transforms[1]: expected a transform: ',
    { title: { column: 't', transforms: ['first', 'upper'] } },
  ],
  [
    {},
    'files[0].fields.releaseDate.transforms[0].date: expected year, month and day once each',
    { releaseDate: { column: 't', transforms: [{ date: 'dMdMdM' }] } },
  ],
  [
    {},
    'files[0].fields.budget.currency: expected a currency of ISO 4217, such as "USD", or {"column": …}',
    { budget: { amount: 'budget', currency: 'dollars' } },
  ],
  [
    {},
    'files[0].fields.ratings[0].name: expected a name, such as "critics", or {"column": …}',
    { ratings: [{ name: 7, value: 'v', scale: 'ten' }] },
  ],
  [{}, 'files[0].fields: Unrecognized key: "titel"', { titel: 'title' }],
  [
    {},
    'files[0].fields.ratings[0].scale: expected the name of one of the scales',
    { ratings: [{ name: 'me', value: 'v' }] },
  ],
  [{ id: 'My films' }, 'id: ', {}],
  [{ schema: 2 }, 'schema: ', {}],
])('names the place of a fault: %j %s', (change, fault, fields) => {
  const [file] = MINE.files;
  const definition = { ...MINE, files: [{ ...file, fields }], ...change };
  const [found, ...others] = faultsOf(definition);
  expect(found?.slice(0, fault.length)).toBe(fault);
  expect(others).toEqual([]);
});

it('names files that do not fit together', () => {
  const [film] = MINE.files;
  const join = { on: [{ here: 'id', there: 'id' }], many: true };
  const files = [
    { ...film, join },
    { ...film, fields: {} },
    { ...film, name: 'votes', join, fields: { title: 'title' } },
  ];
  expect(faultsOf({ ...MINE, files })).toEqual([
    'files[0].join: the first file joins no other',
    'files[0].fields.title: a file with many rows a movie has ratings alone',
    'files[1].name: another file has the name films',
    'files[1].join: expected how its rows belong to those of the first file',
    'files[2].fields.title: a file with many rows a movie has ratings alone',
  ]);
});

it('names what a schedule lacks, and keeps credentials out of definitions', () => {
  const url = 'https://ada:secret@films.example.org/changes';
  const changes = { items: 'items', id: 'nr', cursor: 'next' };
  expect(faultsOf({ ...MINE, schedule: { url, changes } })).toEqual([
    'schedule.url: definitions can be read: credentials belong into PROVIDERS_FILE',
    'schedule.url: expected {cursor} in it, as there are changes',
    'schedule.file: expected a file of the format ndjson, as changes are kept as objects, one a line',
  ]);
  expect(faultsOf({ ...MINE, schedule: { url: 'https://films.example.org/', file: 'x' } })).toEqual(
    ['schedule.file: expected one of the files (films)'],
  );
});

it('has a hash that the order of keys and defaults that are left out do not change', () => {
  const reversed = Object.fromEntries(Object.entries(MINE).reverse());
  const hash = (definition: unknown) => hashOf(parseDefinition(definition)).toString('hex');
  expect(hash({ ...reversed, priority: 100, $schema: 'x' })).toBe(hash(MINE));
  expect(hash({ ...MINE, priority: 99 })).not.toBe(hash(MINE));
});

it('finds the file of a name', () => {
  const definition = parseDefinition(MINE);
  for (const name of ['films.csv', 'FILMS-2024.CSV', 'films (1).csv'])
    expect(fileOf(definition, name)?.name).toBe('films');
  for (const name of ['film.csv', 'films.csv.bak', 'myfilms.csv'])
    expect(fileOf(definition, name)).toBeNull();
});

it.each([
  ['*', 'nfo', 'movies.csv', false],
  ['*', 'nfo', 'notes.txt', false],
  ['*', 'nfo', 'MKV', false],
  ['*', 'nfo', 'library.tar', true],
  ['*', 'nfo', 'Library.TAR.gz', true],
  ['*', 'nfo', 'The Comet.nfo', true],
  ['films*', 'csv', 'films.json', false],
  ['films*', 'csv', 'films.csv.gz', true],
  ['films*', 'csv', 'films.txt', true],
  ['films*', 'csv', 'films', true],
  ['films*', 'ndjson', 'films.json', true],
  ['films*', 'json', 'films.jsonl', false],
  ['films*.csv', 'tsv', 'films.csv', true],
] as const)(
  'the pattern %s of the format %s for the name %s: %s',
  (pattern, format, name, fits) => {
    expect(fitsName({ pattern, format }, name)).toBe(fits);
  },
);

it('knows a file by its header, in the encoding and packing that it has', () => {
  const fields = { title: 'title', year: 'Year' };
  const files = (file: object) => MINE.files.map((first) => ({ ...first, fields, ...file }));
  const fits = (file: object, head: Buffer) =>
    fitsContent(parseDefinition({ ...MINE, files: files(file) }), 0, head);
  const columns = ['title', '"Year"', 'note'];
  expect(fits({}, Buffer.from(columns.join(',')))).toBe(true);
  expect(fits({}, Buffer.from(columns.slice(1).join(',')))).toBe(false);
  expect(fits({}, gzipSync(columns.join(',')).subarray(0, -8))).toBe(true);
  expect(fits({ format: 'tsv' }, Buffer.from(columns.join('\t')))).toBe(true);
  const wide = Buffer.from(`\ufeff${columns.join(',')}`, 'utf16le');
  expect(fits({ encoding: 'utf-16le' }, wide)).toBe(true);
});

it('gives editors a schema, and authors a reference', async () => {
  const schema = `${JSON.stringify(definitionJsonSchema(), null, 2)}\n`;
  await expect(schema).toMatchFileSnapshot('../../source-definition.schema.json');
  await expect(transformReference()).toMatchFileSnapshot('../../../../docs/source-transforms.md');
  const shipped = await readFile(
    new URL('../../definitions/movielens.json', import.meta.url),
    'utf8',
  );
  expect(shipped).toContain('"$schema": "../source-definition.schema.json"');
});
