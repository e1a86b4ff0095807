import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Preloads the fonts of most text: a font that comes late is not used, see fonts.css. */
const preloadFonts: Plugin = {
  name: 'preload-fonts',
  transformIndexHtml: {
    order: 'post',
    handler: (_, { bundle = {} }) =>
      Object.keys(bundle)
        .filter((file) => /-latin-wght-.*\.woff2$/u.test(file))
        .map((file) => ({
          tag: 'link',
          injectTo: 'head-prepend',
          attrs: {
            rel: 'preload',
            as: 'font',
            type: 'font/woff2',
            crossorigin: true,
            href: `/${file}`,
          },
        })),
  },
};

export default defineConfig({
  plugins: [react(), preloadFonts],
  // the content security policy forbids data: URLs
  build: { assetsInlineLimit: 0 },
  // `npx vite apps/web` serves changes at once, with the data of the API on port 3000
  server: {
    proxy: Object.fromEntries(
      [
        'titles',
        'names',
        'suggest',
        'search',
        'facets',
        'stats',
        'charts',
        'changes',
        'published',
        'runs',
        'updatedata',
        'disk',
        'health',
        'session',
        'movies',
        'pictures',
        'sources',
        'matches',
        'rules',
        'aggregates',
      ].map((area) => [`^/${area}(?:[/?]|$)`, 'http://127.0.0.1:3000']),
    ),
  },
});
