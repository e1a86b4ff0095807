import { describe, expect, it } from 'vitest';
import { CliError } from '../context/errors.ts';
import { parseId } from './ids.ts';

describe('the id in an argument', () => {
  it.each([
    ['tt0000001', 'tt0000001'],
    ['tt10872600', 'tt10872600'],
    ['TT0111161', 'tt0111161'],
    ['tt111161', 'tt0111161'],
    ['https://www.imdb.com/title/tt0111161/', 'tt0111161'],
    ['https://m.imdb.com/title/tt0111161/episodes/?season=1&ref_=tt_ov', 'tt0111161'],
    ['imdb.com/de/title/tt0111161?ref_=nm_flmg_t_1', 'tt0111161'],
    [' tt0111161\n', 'tt0111161'],
    // the digits alone
    ['3589694', 'tt3589694'],
    ['111161', 'tt0111161'],
    ['1', 'tt0000001'],
  ])('%j is %s', (given, id) => {
    expect(parseId(given, 'title')).toBe(id);
  });

  it('is that of a name for a command about people', () => {
    expect(parseId('https://www.imdb.com/name/nm0000151/?ref_=tt_cl_1', 'name')).toBe('nm0000151');
    expect(parseId('151', 'name')).toBe('nm0000151');
  });

  const errorOf = (given: string, kind: 'title' | 'name'): CliError => {
    try {
      return expect.fail(parseId(given, kind));
    } catch (error) {
      return error instanceof CliError ? error : expect.fail(String(error));
    }
  };

  it('of the other kind is an error with the command that takes it', () => {
    expect(errorOf('nm34712507', 'title')).toMatchObject({
      exitCode: 2,
      message: 'nm34712507 is the id of a person, not of a title.',
      hint: 'Show it: marquee name nm34712507',
    });
    expect(errorOf('https://www.imdb.com/title/tt0111161/', 'name')).toMatchObject({
      message: 'tt0111161 is the id of a title, not of a person.',
      hint: 'Show it: marquee title tt0111161',
    });
  });

  it.each(['winter', 'the long winter', "it's", 'tt', '12345678901'])(
    'is not in %j: 2, and how to find it',
    (given) => {
      const { exitCode, message, hint } = errorOf(given, 'title');
      expect([exitCode, message]).toEqual([
        2,
        `“${given}” is not the id of a title, such as tt0000001.`,
      ]);
      expect(hint).toMatch(/: marquee search (?:[\w]+|'.*')$/u);
    },
  );
});
