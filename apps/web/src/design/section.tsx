import { useId, type ReactNode } from 'react';
import { Link } from 'wouter';

/**
 * A section of a page: a heading on a rail, with a link to all of what it shows.
 *
 * @param more where all of it is; its text is `Show all` by default
 * @param note says how it is made, such as by which formula it is sorted
 */
export function Section({
  title,
  more,
  note,
  children,
}: {
  readonly title: string;
  readonly more?: { readonly href: string; readonly text?: string };
  readonly note?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  const id = useId();
  const text = more?.text ?? 'Show all';
  return (
    <section aria-labelledby={id}>
      <header className="section-head">
        <h2 id={id}>{title}</h2>
        {more === undefined ? null : (
          <Link href={more.href} aria-label={`${text}: ${title}`}>
            {text}
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
