import { USUAL_WORDS } from '@marquee/contract/usual-words';
import type { ReactNode } from 'react';
import { ChipLink } from './design/chip.tsx';
import { Section } from './design/section.tsx';

const FIRST_DECADE = 1890;

/** The first years of the decades that have a page, newest first. */
export function decades(): number[] {
  const newest = Math.floor(new Date().getFullYear() / 10) * 10;
  return Array.from(
    { length: (newest - FIRST_DECADE) / 10 + 1 },
    (_, index) => newest - index * 10,
  );
}

/** Links to the pages of genres and decades. They need no request, so that their room is known. */
export function Doors(): ReactNode {
  return (
    <div className="columns">
      <Section title="By genre">
        <div className="chips">
          {USUAL_WORDS.genre
            .filter((genre) => genre !== 'Adult')
            .map((genre) => (
              <ChipLink key={genre} href={`/genre/${genre}`}>
                {genre}
              </ChipLink>
            ))}
        </div>
      </Section>
      <Section title="By decade">
        <div className="chips">
          {decades().map((decade) => (
            <ChipLink key={decade} href={`/decade/${decade}`}>
              {decade}s
            </ChipLink>
          ))}
        </div>
      </Section>
    </div>
  );
}
