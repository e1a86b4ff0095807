import type { Movie, Provenance } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Section } from '../design/section.tsx';
import { joinFacts, languageName, quantity, regionName } from '../format.ts';
import { SourceMark } from './source-mark.tsx';

/** Names that are shown without a fold. */
const SHOWN = 10;

/** A name, and the languages and regions in which it is known. */
export interface KnownName {
  readonly name: string;
  readonly note: string;
}

/**
 * The names of a movie, each once: first those in the languages of the reader, then the others in
 * the order of the movie.
 *
 * @param languages the reader's, as `navigator.languages`
 */
export function knownNames(names: Movie['names'], languages: readonly string[]): KnownName[] {
  const own = new Set(languages.map((tag) => new Intl.Locale(tag).language));
  const byName = Map.groupBy(names, ({ name }) => name);
  const all = [...byName].map(([name, some]) => ({
    name,
    isOwn: some.some(({ language }) => own.has(language ?? '')),
    note: [...new Set(some.map(placeOf))].filter((place) => place !== '').join(', '),
  }));
  return all
    .toSorted((a, b) => Number(b.isOwn) - Number(a.isOwn))
    .map(({ name, note }) => ({ name, note }));
}

function placeOf({ language, region }: Movie['names'][number]): string {
  return joinFacts(region && regionName(region), language && languageName(language));
}

/** The names of a movie in all languages, folded after the first ones. */
export function Names({
  names,
  provenance,
}: {
  readonly names: Movie['names'];
  readonly provenance: Provenance;
}): ReactNode {
  const all = knownNames(names, navigator.languages);
  if (all.length === 0) return null;
  return (
    <Section
      title="Names in all languages"
      note={
        <>
          {quantity(all.length, 'name')}
          <SourceMark field="names" provenance={provenance.names} />
        </>
      }
    >
      <NameList names={all.slice(0, SHOWN)} />
      {all.length > SHOWN ? (
        <details>
          <summary>{quantity(all.length - SHOWN, 'more name')}</summary>
          <NameList names={all.slice(SHOWN)} />
        </details>
      ) : null}
    </Section>
  );
}

function NameList({ names }: { readonly names: readonly KnownName[] }): ReactNode {
  return (
    <ul className="names">
      {names.map(({ name, note }) => (
        <li key={name}>
          {name} <small className="muted">{note}</small>
        </li>
      ))}
    </ul>
  );
}
