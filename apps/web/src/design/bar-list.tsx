import type { CSSProperties, ReactNode } from 'react';
import { Link } from 'wouter';

/** A bar: what it stands for, its length among the others, and where it leads. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The value in words. */
  readonly figure: string;
  readonly href: string;
  readonly isChosen?: boolean;
  /** Of a title type, for its colour. */
  readonly style?: CSSProperties;
}

/** Numbers as bars that are links. The longest one is as wide as the list. */
export function BarList({
  label,
  bars,
}: {
  readonly label: string;
  readonly bars: readonly Bar[];
}): ReactNode {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <ul className="bars" aria-label={label}>
      {bars.map(({ label: text, value, figure, href, isChosen = false, style }) => (
        <li key={text} className={style === undefined ? undefined : 'hued'} style={style}>
          <Link href={href} aria-current={isChosen || undefined}>
            <i aria-hidden="true" style={{ '--part': value / most }} />
            <span>{text}</span> <small>{figure}</small>
          </Link>
        </li>
      ))}
    </ul>
  );
}
