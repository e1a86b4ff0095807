import {
  TRANSFORM_DESCRIPTIONS,
  TRANSFORM_EXAMPLES,
  type TransformExample,
  type TransformName,
} from './transform.ts';

/** The reference of transforms, in Markdown. */
export function transformReference(): string {
  const rows = Object.entries(TRANSFORM_EXAMPLES).flatMap(([name, examples]) =>
    examples.map(({ by, from, to }: TransformExample, i) => {
      const description = i === 0 ? TRANSFORM_DESCRIPTIONS[name as TransformName] : '';
      return `| ${cell(by)} | ${description} | ${cell(from)} | ${cell(to)} |`;
    }),
  );
  return [
    '# Transforms of source definitions',
    '',
    'A definition says for each field which column it comes from, and which transforms its value goes through, in their order. A transform works on each element of a list, but for `first` and `sum`. An empty value stays empty. A value that a transform cannot read makes its row a reject.',
    '',
    'This page is generated from the schema of definitions.',
    '',
    '| transform | what it makes | of | makes |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function cell(value: unknown): string {
  return `\`${JSON.stringify(value).replaceAll('|', String.raw`\|`)}\``;
}
