import { expect, it } from 'vitest';
import type { ListItems } from '../api-client.ts';
import { groupAkas } from './aka-groups.ts';

type Aka = ListItems['akas'];

let ordering = 0;

function aka(title: string, region: string | null, more: Partial<Aka> = {}): Aka {
  ordering += 1;
  return {
    titleId: 'tt0000001',
    ordering,
    title,
    region,
    language: null,
    types: null,
    attributes: null,
    isOriginalTitle: false,
    ...more,
  };
}

const ORIGINAL = aka('Vinter', null, { isOriginalTitle: true, types: ['original'] });

/** The regions with their titles, each with its note. */
const textsOf = (regions: ReturnType<typeof groupAkas>['all']) =>
  regions.map(({ region, titles }) => [
    region,
    ...titles.map(({ title, note }) => (note === '' ? title : `${title} (${note})`)),
  ]);

it('lists all names by region: the original first, unknown regions last', () => {
  const akas = [
    aka('Winter', 'GB'),
    aka('Der Winter', 'DE'),
    aka('Зима', 'SUHH'),
    aka('The Winter', null),
    ORIGINAL,
    aka('Winter', 'XWW', { language: 'en' }),
    aka('Winter', 'XEU'),
    aka('Zima', 'YUCS', { language: 'qbo' }),
  ];
  expect(textsOf(groupAkas(akas, []).all)).toEqual([
    ['Original title', 'Vinter'],
    ['Europe', 'Winter'],
    ['Federal Republic of Yugoslavia', 'Zima (Serbo-Croatian)'],
    ['Germany', 'Der Winter'],
    ['Soviet Union', 'Зима'],
    ['United Kingdom', 'Winter'],
    ['Worldwide', 'Winter (English)'],
    ['Unknown', 'The Winter'],
  ]);
});

it("prefers the original and the reader's languages, best known first", () => {
  const akas = [
    aka('Winter', 'US'),
    aka('L’hiver', 'FR'),
    aka('Hiver', 'CA', { language: 'fr' }),
    aka('Winter', 'CA', { language: 'en' }),
    aka('Der Winter', 'DE'),
    aka('Da Winter', 'AT'),
    ORIGINAL,
  ];
  const preferred = (...languages: string[]) => textsOf(groupAkas(akas, languages).preferred);
  expect(preferred('de-AT', 'fr')).toEqual([
    ['Original title', 'Vinter'],
    ['Austria', 'Da Winter'],
    ['France', 'L’hiver'],
  ]);
  // without a region, en is American English
  expect(preferred('en')).toEqual([
    ['Original title', 'Vinter'],
    ['United States', 'Winter'],
  ]);
  // no name is for Australia
  expect(preferred('en-AU')).toEqual([
    ['Original title', 'Vinter'],
    ['Canada', 'Winter (English)'],
  ]);
  expect(preferred('ja')).toEqual([['Original title', 'Vinter']]);
  expect(preferred()).toEqual([['Original title', 'Vinter']]);
});

it('shows names that look alike once, others each', () => {
  const akas = [
    aka('Winter', 'CA', { types: ['imdbDisplay'] }),
    aka('Winter', 'CA'),
    aka('Winter', 'CA', { types: ['imdbDisplay', 'working'] }),
    aka('Winter', 'CA', { language: 'fr', types: ['dvd'], attributes: ['third part'] }),
  ];
  expect(textsOf(groupAkas(akas, []).all)).toEqual([
    ['Canada', 'Winter', 'Winter (working title)', 'Winter (French · DVD title · third part)'],
  ]);
});
