import { expect, it } from 'vitest';
import { knownNames } from './names.tsx';

it('shows the names for the reader first, and each name once with all its places', () => {
  const names = [
    { name: 'Komeetta', language: 'fi', region: 'FI' },
    { name: 'Der Komet', language: 'de', region: 'DE' },
    { name: 'Der Komet', language: 'de', region: 'AT' },
    { name: 'The Comet', language: null, region: 'XWW' },
    { name: 'The Comet', language: null, region: null },
  ];
  expect(knownNames(names, ['de-AT'])).toEqual([
    { name: 'Der Komet', note: 'Germany · German, Austria · German' },
    { name: 'Komeetta', note: 'Finland · Finnish' },
    { name: 'The Comet', note: 'Worldwide' },
  ]);
});
