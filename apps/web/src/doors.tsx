import { USUAL_WORDS } from '@marquee/contract/usual-words';
import type { ReactNode } from 'react';
import { decades } from './decades.ts';
import { ChipLink } from './design/chip.tsx';
import { Section } from './design/section.tsx';

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
