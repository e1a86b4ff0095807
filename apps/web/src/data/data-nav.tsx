import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';

const PAGES = [
  ['/data', 'In use'],
  ['/data/sources', 'Sources'],
  ['/data/matches', 'Matches'],
  ['/data/rules', 'Rules'],
] as const;

/** Links between the pages of the data. */
export function DataNav(): ReactNode {
  const [path] = useLocation();
  return (
    <nav aria-label="Data" className="chips">
      {PAGES.map(([href, text]) => (
        <Link
          key={href}
          href={href}
          className={path === href ? 'chip chosen' : 'chip'}
          aria-current={path === href ? 'page' : undefined}
        >
          {text}
        </Link>
      ))}
    </nav>
  );
}
