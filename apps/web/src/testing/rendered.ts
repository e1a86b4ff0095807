import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { Router, type BaseLocationHook } from 'wouter';
import type { Answers, Lists } from '../answers.ts';

/** What the API has answered before a page is drawn, by path. */
export class Answered {
  readonly queries = new QueryClient();

  answer<K extends keyof Answers>(kind: K, path: string, data: Answers[K]): this {
    this.queries.setQueryData([kind, path], data);
    return this;
  }

  list<K extends keyof Lists>(kind: K, path: string, ...pages: Answers[K][]): this {
    this.queries.setQueryData([kind, 'pages', path], { pages, pageParams: pages.map(() => null) });
    return this;
  }
}

/** The HTML of a part of the site, as it is first drawn: effects do not run. */
export function rendered(part: ReactNode, answered = new Answered(), at = '/'): string {
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
