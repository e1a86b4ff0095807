import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  // a data: URL would be against the content security policy
  build: { assetsInlineLimit: 0 },
  // `npx vite apps/web` shows changes at once, with the data of the API that runs beside it
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
      ].map((area) => [`^/${area}(?:[/?]|$)`, 'http://127.0.0.1:3000']),
    ),
  },
});
