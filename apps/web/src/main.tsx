import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Route, Switch } from 'wouter';
import { ApiError } from './api-client.ts';
import { DecadePage } from './browse/decade-page.tsx';
import { GenrePage } from './browse/genre-page.tsx';
import { NewPage } from './browse/new-page.tsx';
import { FindPage } from './find/find-page.tsx';
import { HomePage } from './home-page.tsx';
import { Layout, PageNotFound } from './layout.tsx';
import { LazyPage, pageScript } from './lazy-page.tsx';
import { NamePage } from './name/name-page.tsx';
import './design/design.css';
import { SignInPage } from './sign-in.tsx';
import { TitlePage } from './title/title-page.tsx';

// 'always': a server on this machine needs no network. useConnection retries requests without a
// response
const queries = new QueryClient({
  queryCache: new QueryCache({
    // a key can expire or be revoked at any time
    onError: (error) => {
      if (error instanceof ApiError && error.problem.status === 401)
        void queries.invalidateQueries({ queryKey: ['session'] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      networkMode: 'always',
      refetchOnReconnect: true,
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && error.problem.status === 503,
    },
    mutations: { networkMode: 'always' },
  },
});

const root = document.querySelector('#root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Layout>
        <Switch>
          <Route path="/" component={HomePage} />
          <Route path="/find" component={FindPage} />
          <Route path="/title/:id">{({ id }) => <TitlePage key={id} id={id} />}</Route>
          <Route path="/name/:id">{({ id }) => <NamePage key={id} id={id} />}</Route>
          <Route path="/genre/:genre">{({ genre }) => <GenrePage genre={genre} />}</Route>
          <Route path="/decade/:decade">{({ decade }) => <DecadePage decade={decade} />}</Route>
          <Route path="/new" component={NewPage} />
          <Route path="/sign-in" component={SignInPage} />
          <Route path="/explore">
            <LazyPage name="explore" />
          </Route>
          <Route path="/movie">
            <LazyPage name="movies" />
          </Route>
          <Route path="/movie/:id">{({ id }) => <LazyPage key={id} name="movie" />}</Route>
          <Route path="/data">
            <LazyPage name="data" />
          </Route>
          <Route path="/data/sources">
            <LazyPage name="sources" />
          </Route>
          <Route path="/data/sources/:id">{({ id }) => <LazyPage key={id} name="source" />}</Route>
          <Route path="/data/matches">
            <LazyPage name="matches" />
          </Route>
          <Route path="/data/rules">
            <LazyPage name="rules" />
          </Route>
          <Route component={PageNotFound} />
        </Switch>
      </Layout>
    </QueryClientProvider>
  </StrictMode>,
);

// preload the other pages, so that they work without a connection; a failed one is loaded on demand
window.addEventListener('load', () => {
  for (const name of ['data', 'explore'] as const)
    void queries.query(pageScript(name)).catch(() => undefined);
});
