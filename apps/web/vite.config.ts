import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
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
      ].map((area) => [`^/${area}(?:[/?]|$)`, 'http://127.0.0.1:3000']),
    ),
  },
});
