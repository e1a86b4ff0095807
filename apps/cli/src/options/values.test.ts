import { Command, InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { datasets, examples, gates, rating, wholeNumber } from './values.ts';

describe('a whole number', () => {
  const limit = wholeNumber(1, 200);

  it.each([
    ['1', 1],
    ['200', 200],
    ['007', 7],
  ])('%j is %d', (text, value) => {
    expect(limit(text)).toBe(value);
  });

  it.each([
    '0',
    '201',
    '-1',
    '+1',
    '1.0',
    '1e2',
    '0x10',
    ' 5',
    '5 ',
    '',
    '١',
    'ten',
    '99999999999999999999',
    'Infinity',
  ])('%j is not one from 1 to 200', (text) => {
    expect(() => limit(text)).toThrow(InvalidArgumentError);
    expect(() => limit(text)).toThrow(/\b1\b.*\b200\b/u);
  });

  it('may be as large as the API accepts', () => {
    expect(wholeNumber(1, 2_147_483_647)('2147483647')).toBe(2_147_483_647);
    expect(() => wholeNumber(1, 2_147_483_647)('2147483648')).toThrow(InvalidArgumentError);
  });
});

describe('a rating', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    ['7.5', 7.5],
    ['10', 10],
    ['10.0', 10],
  ])('%j is %d', (text, value) => {
    expect(rating(text)).toBe(value);
  });

  it.each(['10.1', '11', '-1', '7.55', '7,5', '7.', '.5', '', 'NaN'])('%j is not one', (text) => {
    expect(() => rating(text)).toThrow(InvalidArgumentError);
  });
});

describe('a list of choices', () => {
  it('keeps the given order, with or without spaces', () => {
    expect(datasets('title.ratings, title.basics')).toEqual(['title.ratings', 'title.basics']);
    expect(gates('rejects,row-loss')).toEqual(['rejects', 'row-loss']);
  });

  it.each(['title.nothing', 'title.basics,', '', 'TITLE.BASICS', 'title.basics;title.crew'])(
    'refuses %j, and tells the known ones',
    (text) => {
      expect(() => datasets(text)).toThrow(InvalidArgumentError);
      expect(() => datasets(text)).toThrow(
        /title\.basics.*name\.basics|name\.basics.*title\.basics/u,
      );
    },
  );

  it('names an unknown word', () => {
    expect(() => gates('rejects,row-los')).toThrow(/“row-los”/u);
  });
});

it('shows examples at the end of the help', () => {
  const command = new Command('search').exitOverride();
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) });
  examples(command, 'search winter', 'search ada --json');
  command.outputHelp();
  expect(help).toMatch(/\n {2}\$ marquee search winter\n {2}\$ marquee search ada --json\n$/u);
});
