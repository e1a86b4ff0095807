import type { MergedField, Movie, Provenance } from '@marquee/contract';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { date, languageName, regionName } from '../format.ts';
import { SourceMark } from './source-mark.tsx';
import { fieldLabel, money, profitOf, profitShare } from './words.ts';

interface MergedProps {
  readonly movie: Movie;
  readonly provenance: Provenance;
}

/** Budget, revenue and profit; nothing without any of them. */
export function MoneyFacts({ movie, provenance }: MergedProps): ReactNode {
  const { budget, revenue } = movie;
  if (budget === null && revenue === null) return null;
  const profit = profitOf(movie);
  return (
    <dl className="money">
      {(['budget', 'revenue'] as const).map((field) => {
        const amount = movie[field];
        return (
          <div key={field}>
            <dt>
              {fieldLabel(field)}
              <SourceMark field={field} provenance={provenance[field]} />
            </dt>
            <dd title={amount === null ? undefined : money(amount, 'whole')}>
              {amount === null ? <span className="muted">not known</span> : money(amount)}
            </dd>
          </div>
        );
      })}
      {profit === null || budget === null ? null : (
        <div>
          <dt>{profit.amount < 0 ? 'Loss' : 'Profit'}</dt>
          <dd title={money(profit, 'whole')} className={profit.amount < 0 ? 'bad' : 'good'}>
            {money({ ...profit, amount: Math.abs(profit.amount) })}
            <small className="muted">{profitShare(profit, budget)}</small>
          </dd>
        </div>
      )}
    </dl>
  );
}

/** What it is about: tagline and overview. */
export function About({ movie: { tagline, overview }, provenance }: MergedProps): ReactNode {
  if (tagline === null && overview === null) return null;
  return (
    <>
      {tagline === null ? null : (
        <p className="tagline">
          {tagline}
          <SourceMark field="tagline" provenance={provenance.tagline} />
        </p>
      )}
      {overview === null ? null : (
        <p className="overview">
          {overview}
          <SourceMark field="overview" provenance={provenance.overview} />
        </p>
      )}
    </>
  );
}

/** Release, countries, languages, companies and the rest, each with its source. */
export function MoreFacts({ movie, provenance }: MergedProps): ReactNode {
  const facts: readonly (readonly [MergedField, ReactNode])[] = [
    ['releaseDate', movie.releaseDate && date(movie.releaseDate)],
    ['certificate', movie.certificate],
    [
      'watched',
      movie.watched === null
        ? null
        : movie.watched
          ? 'yes, it is in your library'
          : 'not yet; it is in your library',
    ],
    ['countries', linked(movie.countries, regionName, 'country')],
    ['languages', movie.languages.length > 0 && movie.languages.map(languageName).join(', ')],
    [
      'companies',
      movie.companies.length > 0 && (
        <>
          {movie.companies.map(({ id, name }, index) => (
            <span key={id ?? name}>
              {index > 0 ? ', ' : ''}
              {id === null ? (
                name
              ) : (
                <Link href={`/movie?company=${encodeURIComponent(id)}`}>{name}</Link>
              )}
            </span>
          ))}
        </>
      ),
    ],
    ['homepage', webPage(movie.homepage)],
  ];
  const known = facts.filter(([, value]) => value !== null && value !== '' && value !== false);
  if (known.length === 0) return null;
  return (
    <dl className="more-facts">
      {known.map(([field, value]) => (
        <div key={field}>
          <dt>{fieldLabel(field)}</dt>
          <dd>
            {value}
            <SourceMark field={field} provenance={provenance[field]} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function linked(
  values: readonly string[],
  nameOf: (value: string) => string,
  filter: string,
): ReactNode {
  return (
    values.length > 0 &&
    values.map((value, index) => (
      <span key={value}>
        {index > 0 ? ', ' : ''}
        <Link href={`/movie?${filter}=${encodeURIComponent(value)}`}>{nameOf(value)}</Link>
      </span>
    ))
  );
}

/** A link to a page of the web; other schemes, which a source may give, stay text. */
function webPage(homepage: string | null): ReactNode {
  if (homepage === null) return null;
  const url = URL.parse(homepage);
  return url === null || !/^https?:$/u.test(url.protocol) ? (
    homepage
  ) : (
    <a href={url.href} rel="noreferrer nofollow">
      {url.host}
    </a>
  );
}
