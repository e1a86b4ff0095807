import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { Router, type BaseLocationHook } from 'wouter';
import {
  facetsPath,
  sortsFor,
  titlesPath,
  unusualWords,
  useTitleQuery,
  type TitleQuery,
} from './title-query.ts';

/** The query of a URL, and the URL that a change navigates to. */
function at(search: string): {
  query: TitleQuery;
  goesTo: (change: (query: TitleQuery) => void) => string;
} {
  const drawn: TitleQuery[] = [];
  const urls: string[] = [];
  const Page = () => {
    drawn.push(useTitleQuery());
    return null;
  };
  const go = (to: string) => urls.push(to);
  const hook: BaseLocationHook = () => ['/find', go];
  renderToStaticMarkup(
    createElement(Router, { hook, searchHook: () => search, children: createElement(Page) }),
  );
  const [query = expect.fail('the page did not render')] = drawn;
  return {
    query,
    goesTo: (change) => {
      change(query);
      return urls.pop() ?? expect.fail('no navigation');
    },
  };
}

describe('the query of a URL', () => {
  it('without parameters is an empty query', () => {
    const { query } = at('');
    expect(query).toMatchObject({ q: '', sort: 'votes desc', filters: {}, unknown: [] });
    expect(query.valuesOf('genre')).toEqual([]);
    expect(titlesPath(query)).toBe('/titles?sort=votes&order=desc&limit=30');
    expect(facetsPath(query)).toBe('/facets?alternatives=true');
  });

  it('is read without unknown and empty parameters', () => {
    const { query } = at(
      'q=the+l%C3%B6ng+winter&genre=Drama%2CWar&startYearFrom=1970&country=&utm_source=x&constructor=y&sort=votes&order=asc',
    );
    expect(query).toMatchObject({ q: 'the löng winter', sort: 'votes asc' });
    expect(query.filters).toEqual({ genre: 'Drama,War', startYearFrom: '1970' });
    expect(query.valuesOf('genre')).toEqual(['Drama', 'War']);
    expect(query.valuesOf('country')).toEqual([]);
    expect(titlesPath(query)).toBe(
      '/titles?q=the+l%C3%B6ng+winter&genre=Drama%2CWar&startYearFrom=1970&sort=votes&order=asc&limit=30',
    );
  });

  it('has an order in words, by relevance only with a text', () => {
    expect(at('q=winter').query.sort).toBe('relevance desc');
    expect(titlesPath(at('q=winter').query)).toBe('/titles?q=winter&sort=relevance&limit=30');
    expect(at('sort=title').query.sort).toBe('title asc');
    expect(at('sort=weighted&order=asc').query.sort).toBe('weighted asc');
    const offered = (search: string) => sortsFor(at(search).query).map(([sort]) => sort);
    expect(offered('')).not.toContain('relevance desc');
    expect(offered('q=winter')).toContain('relevance desc');
    expect(offered('')).not.toContain('rating desc');
    expect(offered('sort=rating')).toContain('rating desc');
  });

  it('names values that mean nothing, and does not ask the API for them', () => {
    const { query } = at(
      'startYearFrom=nineteen&averageRatingTo=7.25&isAdult=maybe&person=Ann&role=baker&sort=best&genre=Drama',
    );
    expect(query.unknown).toEqual([
      { name: 'startYearFrom', value: 'nineteen' },
      { name: 'averageRatingTo', value: '7.25' },
      { name: 'isAdult', value: 'maybe' },
      { name: 'person', value: 'Ann' },
      { name: 'role', value: 'baker' },
      { name: 'sort', value: 'best' },
    ]);
    expect(titlesPath(query)).toBe('/titles?genre=Drama&sort=votes&order=desc&limit=30');
    expect(at('sort=relevance').query.unknown).toEqual([{ name: 'sort', value: 'relevance' }]);
  });

  it('has the types and genres that are not usual', () => {
    const { query } = at('titleType=movie,nonsense&genre=Horror&genreNone=Dull');
    expect(unusualWords(query)).toEqual([
      { name: 'titleType', value: 'nonsense' },
      { name: 'genreNone', value: 'Dull' },
    ]);
  });

  it('asks for nothing if a range starts above its end', () => {
    const { query } = at(
      'averageRatingFrom=8&averageRatingTo=3&startYearFrom=1990&startYearTo=1990',
    );
    expect(query.crossed.map(({ what }) => what)).toEqual(['ratings']);
    expect(titlesPath(query)).toBeNull();
    expect(facetsPath(query)).toBeNull();
  });

  it('has lists without empty values', () => {
    expect(at('genre=,Drama,,War,').query.valuesOf('genre')).toEqual(['Drama', 'War']);
  });

  it('requests all facets at once, without the sort order', () => {
    const { query } = at('q=winter&genre=Drama&titleType=movie&sort=votes');
    expect(facetsPath(query)).toBe(
      '/facets?q=winter&titleType=movie&genre=Drama&alternatives=true',
    );
  });
});

describe('a change', () => {
  it('sets a parameter, removes it if empty or null, and keeps all others', () => {
    const { goesTo } = at('q=winter&genre=Drama&utm_source=x');
    expect(goesTo(({ change }) => change({ startYearFrom: '1970', startYearTo: '' }))).toBe(
      '/find?q=winter&genre=Drama&utm_source=x&startYearFrom=1970',
    );
    expect(goesTo(({ change }) => change({ genre: null }))).toBe('/find?q=winter&utm_source=x');
    expect(goesTo(({ change }) => change({ genre: 'Sci-Fi & more' }))).toBe(
      '/find?q=winter&genre=Sci-Fi+%26+more&utm_source=x',
    );
  });

  it('removes the role together with the person', () => {
    const { goesTo } = at('person=nm0000001&role=cast');
    expect(goesTo(({ change }) => change({ person: null }))).toBe('/find');
    expect(goesTo(({ change }) => change({ person: 'nm0000002' }))).toBe(
      '/find?person=nm0000002&role=cast',
    );
  });

  it('removes the sort by relevance together with the text', () => {
    const { goesTo } = at('q=winter&sort=relevance');
    expect(goesTo(({ change }) => change({ q: null }))).toBe('/find');
    expect(goesTo(({ change }) => change({ genre: 'War' }))).toBe(
      '/find?q=winter&sort=relevance&genre=War',
    );
    expect(at('q=winter&sort=votes').goesTo(({ change }) => change({ q: null }))).toBe(
      '/find?sort=votes',
    );
  });

  it('adds a value to a list, and removes it', () => {
    const { goesTo } = at('genre=Drama,War');
    const decoded = (url: string) => decodeURIComponent(url);
    expect(decoded(goesTo(({ toggle }) => toggle('genre', 'Horror')))).toBe(
      '/find?genre=Drama,War,Horror',
    );
    expect(goesTo(({ toggle }) => toggle('genre', 'Drama'))).toBe('/find?genre=War');
    expect(at('genre=War').goesTo(({ toggle }) => toggle('genre', 'War'))).toBe('/find');
    expect(goesTo(({ toggle }) => toggle('titleType', 'movie'))).toContain('titleType=movie');
  });

  it('clears all filters, but not the text', () => {
    expect(at('genre=War&sort=votes&order=asc').goesTo(({ clear }) => clear())).toBe('/find');
    expect(at('q=the+winter&genre=War&sort=votes').goesTo(({ clear }) => clear())).toBe(
      '/find?q=the+winter',
    );
  });

  it('is the same when read again from the URL', () => {
    const { goesTo, query } = at(`q=${encodeURIComponent('a&b=c #%+"')}&genre=Drama%2CWar`);
    const [, search = ''] = goesTo(({ change }) => change({ isAdult: 'false' })).split('?');
    const again = at(search).query;
    expect(again.q).toBe(query.q);
    expect(again.filters).toEqual({ ...query.filters, isAdult: 'false' });
  });
});
