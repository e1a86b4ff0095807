import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Router, type BaseLocationHook } from 'wouter';
import type { ApiResponses, ListItems } from '../api-client.ts';

/** Responses of the API, cached by path before a page is rendered. */
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

/** HTML of the first render of an element: effects do not run. */
export function render(part: ReactNode, answered = new CachedResponses(), at = '/'): string {
  const [path = '/', search = ''] = at.split('?');
  const hook: BaseLocationHook = () => [path, () => undefined];
  const router = createElement(Router, { hook, searchHook: () => search, children: part });
  return renderToStaticMarkup(
    createElement(QueryClientProvider, { client: answered.queries }, router),
  );
}

/** The texts between the tags of HTML, without empty ones. */
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
