import type { Published } from '@marquee/contract';
import { createElement } from 'react';
import { expect, it } from 'vitest';
import { ImdbLink, Attribution, SampleDataBadge } from './attribution.tsx';
import { CachedResponses, render } from './testing/render.ts';

const PUBLISHED: Published = {
  datasets: [],
  nextUpdateAt: null,
  isMadeUp: false,
  realSources: [],
  attribution: 'Whose it is.',
};

function drawn(published?: Partial<Published>) {
  const answered = new CachedResponses();
  if (published !== undefined)
    answered.answer('published', '/published', { ...PUBLISHED, ...published });
  return {
    attribution: render(createElement(Attribution), answered),
    madeUp: render(createElement(SampleDataBadge), answered),
    link: render(createElement(ImdbLink, { kind: 'name', id: 'nm0000001' }), answered),
  };
}

it('shows IMDb’s attribution for its data, and links to IMDb', () => {
  const { attribution, madeUp, link } = drawn({});
  expect(attribution).toContain('Information courtesy of IMDb');
  expect(madeUp).toBe('');
  expect(link).toContain('href="https://www.imdb.com/name/nm0000001/"');
});

it('marks made-up data, and does not link to IMDb', () => {
  const { attribution, madeUp, link } = drawn({ isMadeUp: true });
  expect(attribution).toContain('Whose it is.');
  expect(attribution + link).not.toContain('imdb.com');
  expect(madeUp).toContain('>Made-up data<');
  expect(link).toContain('nm0000001');
});

it('says that real files beside made-up data are not made up', () => {
  const { madeUp } = drawn({ isMadeUp: true, realSources: ['My Films'] });
  expect(madeUp).toContain('>Partly made-up data<');
});

it('shows nothing and does not link until the origin is known', () => {
  const { attribution, madeUp, link } = drawn();
  expect([attribution, madeUp]).toEqual(['', '']);
  expect(link).not.toContain('href');
});
