import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { Route, Switch } from 'wouter';
import { Refusal } from './answers.ts';
import { FindPage } from './find/find-page.tsx';
import { HomePage } from './home-page.tsx';
import { Layout, Missing } from './layout.tsx';
import { NamePage } from './name/name-page.tsx';
import { Loading } from './states.tsx';
import './style.css';
import { TitlePage } from './title/title-page.tsx';

const DataPage = lazy(async () => ({ default: (await import('./data/data-page.tsx')).DataPage }));
const ExplorePage = lazy(async () => ({ default: (await import('./explore/explore-page.tsx')).ExplorePage }));

const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 60_000, networkMode: 'always', retry: (failures, error) => failures < 2 && error instanceof Refusal && error.problem.status === 503 } },
});

const root = document.querySelector('#root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Layout>
        <Suspense fallback={<Loading what="the page" />}>
          <Switch>
            <Route path="/" component={HomePage} />
            <Route path="/find" component={FindPage} />
            <Route path="/title/:id">{({ id }) => <TitlePage key={id} id={id} />}</Route>
            <Route path="/name/:id">{({ id }) => <NamePage key={id} id={id} />}</Route>
            <Route path="/explore" component={ExplorePage} />
            <Route path="/data" component={DataPage} />
            <Route component={Missing} />
          </Switch>
        </Suspense>
      </Layout>
    </QueryClientProvider>
  </StrictMode>,
);
