import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normalForm } from './normal-form.ts';

it.each([
  ['The Long Winter', 'the long winter'],
  ['  "Lanterns" in -- the Rain!  ', 'lanterns in the rain'],
  ["Captain's List", 'captains list'],
  ['Captain’s List', 'captains list'],
  ['Naïve CAFÉ', 'naive cafe'],
  ['Łódź, Ærø & Straße', 'lodz aero and strasse'],
  ['İstanbul ısı', 'istanbul isi'],
  ['Q.T. the Extra', 'qt the extra'],
  ['D*R*U*M', 'drum'],
  ['12.10', '12 10'],
  ['Ёлка', 'елка'],
  ['ΛΎΧΝΟΣ', 'λυχνοσ'],
  ['הדו"ח', 'הדוח'],
  ['القَمَر', 'القمر'],
  ['बाग़ की रात', 'बाग़ की रात'],
  ['千の灯台', '千 の 灯 台'],
  ['ガンダム', 'ガ ン ダ ム'],
  ['한국 영화', '한국 영화'],
  ['شبی', 'شبي'],
  ['موسيقى', 'موسيقي'],
  ['کتاب ۱۲', 'كتاب 12'],
  ['كتاب ١٢', 'كتاب 12'],
  ['Moon vs. Star VS', 'moon v star v'],
  ['Vs.', 'vs'],
  ['Marvs', 'marvs'],
  ['ﬁlm ① X²', 'film 1 x 2'],
  ['Monster Valley™ Adventures', 'monster valley adventures'],
  ['Brick®Heroes™: Clutch Power℠', 'brick heroes clutch power'],
  ['Вагон №6', 'вагон 6'],
  ['9½ Fortnights, 2½: more', '9 1 2 fortnights 2 1 2 more'],
  ['E=mc²', 'e mc 2'],
  ['100㎏ Man', '100 kg man'],
  ['™', '™'],
  ['...', '...'],
  ['$', '$'],
  ['   ', ''],
])('%j has the normal form %j', (text, normal) => {
  expect(normalForm(text)).toBe(normal);
});

it('is idempotent, has no extra space and fits an index, for any text', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ maxLength: 300 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const normal = normalForm(text);
      expect(normalForm(normal)).toBe(normal);
      expect(normal).not.toMatch(/^ | $| {2}|[\t\n\0]/u);
      expect(normal.length).toBeLessThanOrEqual(240);
      expect(normal.isWellFormed()).toBe(true);
    }),
    { numRuns: 500 },
  );
});
