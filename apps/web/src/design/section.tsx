import { useId, type ReactNode } from 'react';
import { Link } from 'wouter';

/**
 * A section of a page: a heading on a rail, with a link to all of what it shows.
 *
 * @param more where all of it is
 * @param note says how it is made, such as by which formula it is sorted
 */
export function Section({
  title,
  more,
  note,
  children,
}: {
  readonly title: string;
  readonly more?: string | undefined;
  readonly note?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <header className="section-head">
        <h2 id={id}>{title}</h2>
        {more === undefined ? null : (
          <Link href={more} aria-label={`Show all: ${title}`}>
            Show all
          </Link>
        )}
      </header>
      {note === undefined ? null : <p className="section-note">{note}</p>}
      {children}
    </section>
  );
}

/** The head of a page: its heading, what is said of it, and something in the other half. */
export function PageHead({
  title,
  kicker,
  children,
  aside,
}: {
  readonly title: ReactNode;
  readonly kicker?: ReactNode;
  readonly children?: ReactNode;
  readonly aside?: ReactNode;
}): ReactNode {
  return (
    <header className="page-head">
      <div>
        {kicker === undefined ? null : <p className="kicker">{kicker}</p>}
        <h1>{title}</h1>
        {children}
      </div>
      {aside === undefined ? null : <div>{aside}</div>}
    </header>
  );
}
