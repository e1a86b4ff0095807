import { describe, expect, it } from 'vitest';
import { splitStatements } from './statements.ts';

describe('the statements of a text', () => {
  it.each<[string, string[], string]>([
    ['select 1', [], 'select 1'],
    ['select 1;', ['select 1'], ''],
    ['select 1; select 2;\nselect 3', ['select 1', 'select 2'], 'select 3'],
    [';; ;', [], ''],
    [`select ';' as a; x`, [`select ';' as a`], 'x'],
    [`select 'it''s;' ; x`, [`select 'it''s;'`], 'x'],
    [String.raw`select e'\';' ; x`, [String.raw`select e'\';'`], 'x'],
    // without e, a backslash is a character like others
    [String.raw`select '\'; x`, [String.raw`select '\'`], 'x'],
    [`select 1 as ";"; x`, [`select 1 as ";"`], 'x'],
    ['do $$ begin; end $$; x', ['do $$ begin; end $$'], 'x'],
    ['do $a$ $$;$b$; $a$; x', ['do $a$ $$;$b$; $a$'], 'x'],
    ['select $1; x', ['select $1'], 'x'],
    ['select 1 -- a; b\n; x', ['select 1 -- a; b'], 'x'],
    ['select /* ; */ 1; x', ['select /* ; */ 1'], 'x'],
  ])('%j are %j', (text, statements, rest) => {
    expect(splitStatements(text)).toEqual({ statements, rest });
  });

  it.each([`select 'a;`, 'select "a;', 'do $$ a;', 'select /* a;', `select 1 -- it's\n, 'a;`])(
    'have no end within %j',
    (text) => {
      expect(splitStatements(text)).toEqual({ statements: [], rest: text });
    },
  );
});
