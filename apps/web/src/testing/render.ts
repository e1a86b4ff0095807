import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Router, type BaseLocationHook } from 'wouter';
import type { ApiResponses, ListItems } from '../api-client.ts';

/** What the API has answered before a page is drawn, by path. */
export class CachedResponses {
  readonly queries = new QueryClient();

  answer<K extends keyof ApiResponses>(kind: K, path: string, data: ApiResponses[K]): this {
    this.queries.setQueryData([kind, path], data);
    return this;
  }

  list<K extends keyof ListItems>(kind: K, path: string, ...pages: ApiResponses[K][]): this {
    this.queries.setQueryData([kind, 'pages', path], { pages, pageParams: pages.map(() => null) });
    return this;
  }
}

/** The HTML of a part of the site, as it is first drawn: effects do not run. */
export function render(part: ReactNode, answered = new CachedResponses(), at = '/'): string {
  const [path = '/', search = ''] = at.split('?');
  const hook: BaseLocationHook = () => [path, () => undefined];
  const router = createElement(Router, { hook, searchHook: () => search, children: part });
  return renderToStaticMarkup(
    createElement(QueryClientProvider, { client: answered.queries }, router),
  );
}

/** The texts of HTML, one for each element that has any of its own. */
export function textsOf(html: string): string[] {
  return html
    .split(/<[^>]*>/u)
    .map((text) =>
      text
        .replaceAll('&#x27;', "'")
        .replaceAll('&quot;', '"')
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&amp;', '&')
        .trim(),
    )
    .filter((text) => text !== '');
}
