import { expect, it } from 'vitest';
import { CONCEPTS, PHRASES } from './languages.ts';

it.each(PHRASES.map((language) => [language.code.toString(), language] as const))(
  'has all things and settings in the language %s',
  (_code, language) => {
    expect(language.things).toHaveLength(CONCEPTS);
    expect(language.settings).toHaveLength(CONCEPTS);
  },
);
