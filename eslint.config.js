import nx from '@nx/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom. Each lib lists those it stands on; an app may use any lib, never another
 * app.
 */
const boundaries = [
  { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:lib'] },
  { sourceTag: 'type:bench', onlyDependOnLibsWithTags: ['type:app', 'type:lib'] },
  { sourceTag: 'type:e2e', onlyDependOnLibsWithTags: ['type:app', 'type:lib'] },
  { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
  { sourceTag: 'runtime:any', onlyDependOnLibsWithTags: ['runtime:any'] },
  { sourceTag: 'runtime:node', onlyDependOnLibsWithTags: ['runtime:node', 'runtime:any'] },
  { sourceTag: 'scope:datasets', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'scope:process', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'scope:search', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'scope:contract', onlyDependOnLibsWithTags: ['scope:datasets'] },
  { sourceTag: 'scope:snapshots', onlyDependOnLibsWithTags: ['scope:datasets'] },
  { sourceTag: 'scope:sample', onlyDependOnLibsWithTags: ['scope:datasets'] },
  {
    sourceTag: 'scope:catalogue',
    onlyDependOnLibsWithTags: [
      'scope:datasets',
      'scope:contract',
      'scope:snapshots',
      'scope:postgres',
    ],
  },
  { sourceTag: 'scope:postgres', onlyDependOnLibsWithTags: ['scope:process'] },
  {
    sourceTag: 'scope:runs',
    onlyDependOnLibsWithTags: ['scope:datasets', 'scope:contract', 'scope:snapshots'],
  },
  // HTTP in, snapshots out: no database
  {
    sourceTag: 'scope:downloader',
    onlyDependOnLibsWithTags: ['scope:datasets', 'scope:process', 'scope:runs', 'scope:snapshots'],
  },
  {
    sourceTag: 'scope:loader',
    onlyDependOnLibsWithTags: [
      'scope:datasets',
      'scope:process',
      'scope:runs',
      'scope:snapshots',
      'scope:catalogue',
      'scope:contract',
      'scope:search',
    ],
  },
  {
    sourceTag: 'scope:api',
    onlyDependOnLibsWithTags: [
      'scope:datasets',
      'scope:process',
      'scope:runs',
      'scope:catalogue',
      'scope:contract',
      'scope:search',
    ],
  },
  { sourceTag: 'runtime:browser', onlyDependOnLibsWithTags: ['runtime:any'] },
  // types, and the one file of it that is without zod, so that little comes to the browser
  { sourceTag: 'scope:web', onlyDependOnLibsWithTags: ['scope:contract'] },
  { sourceTag: 'scope:cli', onlyDependOnLibsWithTags: ['scope:contract', 'scope:process'] },
  {
    sourceTag: 'scope:embedded',
    onlyDependOnLibsWithTags: [
      'scope:datasets',
      'scope:process',
      'scope:postgres',
      'scope:sample',
      'scope:contract',
    ],
  },
];

export default defineConfig(
  { ignores: ['**/dist/**', 'node_modules/**', 'data/**', '.nx/**', '.node/**'] },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { allow: [], banTransitiveDependencies: false, depConstraints: boundaries },
      ],
      // numbers and errors in messages need no String() around them
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // TypeORM declares the options of its EntitySchema as a class and takes plain objects for it
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Nest's modules are classes with nothing in them
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // `const { left, ...rest }` is how a field is left out
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // an element that is known to be there is read `as` its type, which shows the type; `!` stays
      // forbidden
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['**/*.test.ts'],
    rules: {
      // a describe block is one function
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 800, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
