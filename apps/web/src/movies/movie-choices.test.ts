import { expect, it } from 'vitest';
import { movieChoices } from './movie-choices.ts';
import type { MovieQuery } from './movie-query.ts';

it('says each choice of the URL, and what is left without it', () => {
  const filters: MovieQuery['filters'] = {
    genre: 'Drama,War',
    company: 'tmdb:3',
    country: 'DE',
    yearFrom: '1990',
    yearTo: '1999',
    budgetTo: '1000000',
    watched: 'false',
  };
  const choices = movieChoices(
    { filters, valuesOf: (filter) => filters[filter]?.split(',') ?? [] },
    (filter, id) => `${filter} ${id}`,
  );
  expect(choices).toEqual([
    { text: 'Drama', without: { genre: 'War' } },
    { text: 'War', without: { genre: 'Drama' } },
    { text: 'Made in Germany', without: { country: '' } },
    { text: 'Not watched', without: { watched: '' } },
    { text: 'company tmdb:3', without: { company: '' } },
    { text: '1990–1999', without: { yearFrom: null, yearTo: null } },
    { text: 'Budget up to $1M', without: { budgetFrom: null, budgetTo: null } },
  ]);
});
