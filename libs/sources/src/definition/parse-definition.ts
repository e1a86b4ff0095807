import { createHash } from 'node:crypto';
import { findUnstorable } from '@marquee/contract';
import { UserError } from '@marquee/process';
import { z } from 'zod';
import { type FileDefinition, type Schedule, SourceDefinition } from './definition.ts';

/** A fault of a definition. */
export interface DefinitionFault {
  /** Where it is, such as `files[0].fields.year`; empty for the definition itself. */
  readonly path: string;
  /** What is wrong, as a clause. */
  readonly message: string;
}

/** A definition of a source is not valid. */
export class DefinitionError extends UserError {
  override readonly name = 'DefinitionError';
  readonly faults: readonly DefinitionFault[];

  constructor(faults: readonly DefinitionFault[]) {
    const list = faults.map(({ path, message }) => `${path === '' ? '' : `${path}: `}${message}`);
    super(`The definition of the source is not valid: ${list.join('; ')}.`, {
      code: 'invalid-definition',
      hint: 'docs/sources.md explains definitions; editors that know its JSON schema show faults as you type.',
    });
    this.faults = faults;
  }
}

/**
 * Reads the definition of a source.
 *
 * @param json the parsed JSON
 * @throws DefinitionError with all faults and their paths
 */
export function parseDefinition(json: unknown): SourceDefinition {
  const parsed = SourceDefinition.safeParse(json);
  if (!parsed.success) throw new DefinitionError(parsed.error.issues.flatMap(faultsOf));
  const faults =
    findUnstorable(parsed.data) === null
      ? inconsistencies(parsed.data)
      : [
          {
            path: '',
            message: 'it has a NUL, or half of a surrogate pair, which PostgreSQL cannot keep',
          },
        ];
  if (faults.length > 0) throw new DefinitionError(faults);
  return parsed.data;
}

/** SHA-256 of a definition, whatever the order of its keys and the defaults it leaves out. */
export function hashOf(definition: SourceDefinition): Buffer {
  const { $schema: _, ...content } = definition;
  return createHash('sha256')
    .update(JSON.stringify(sorted(content)))
    .digest();
}

/** The JSON schema of definitions, for editors. */
export function definitionJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(SourceDefinition, { io: 'input' });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

/** Of a union, the faults of the option that was meant: it knows the keys, and its fault is deepest. */
function faultsOf(issue: z.core.$ZodIssue): DefinitionFault[] {
  const fault = { path: formatPath(issue.path), message: issue.message };
  if (issue.code !== 'invalid_union') return [fault];
  const depth = (issues: readonly z.core.$ZodIssue[]) =>
    Math.max(...issues.map(({ path }) => path.length));
  const [meant] = issue.errors
    .filter(
      (issues) => depth(issues) > 0 && issues.every(({ code }) => code !== 'unrecognized_keys'),
    )
    .toSorted((a, b) => depth(b) - depth(a));
  return (
    meant?.flatMap((inner) => faultsOf({ ...inner, path: [...issue.path, ...inner.path] })) ?? [
      fault,
    ]
  );
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./u, '');
}

function inconsistencies({ files, scales, schedule }: SourceDefinition): DefinitionFault[] {
  const faults: DefinitionFault[] = schedule === undefined ? [] : scheduleFaults(schedule, files);
  const seen = new Set<string>();
  for (const [i, file] of files.entries()) {
    const add = (path: string, message: string) =>
      faults.push({ path: `files[${i}].${path}`, message });
    if (seen.has(file.name)) add('name', `another file has the name ${file.name}`);
    seen.add(file.name);
    if (i === 0 && file.join !== undefined) add('join', 'the first file joins no other');
    if (i > 0 && file.join === undefined)
      add('join', 'expected how its rows belong to those of the first file');
    if (i > 0 && file.format === 'nfo') add('format', 'nfo can only be the first file');
    for (const { path, message } of scaleFaults(file, scales)) add(path, message);
    if (file.join?.many === true) {
      const others = Object.keys(file.fields).filter(
        (field) => !['ratings', 'cRatings'].includes(field),
      );
      if (others.length > 0)
        add(`fields.${String(others[0])}`, 'a file with many rows a movie has ratings alone');
      if (file.join.otherwise === 'record')
        add('join.otherwise', 'many rows of one movie can be no records of their own');
    }
  }
  return faults;
}

function scheduleFaults(
  { url, file, changes }: Schedule,
  files: readonly FileDefinition[],
): DefinitionFault[] {
  const names = files.map(({ name }) => name);
  const fetched = files.find(({ name }) => name === (file ?? names[0]));
  const { username, password } = new URL(url);
  const faults: (DefinitionFault | false)[] = [
    fetched === undefined && {
      path: 'schedule.file',
      message: `expected one of the files (${names.join(', ') || 'there are none'})`,
    },
    fetched?.format === 'nfo' && { path: 'schedule.file', message: 'a library is not fetched' },
    (username !== '' || password !== '') && {
      path: 'schedule.url',
      message: 'definitions can be read: credentials belong into PROVIDERS_FILE',
    },
    changes !== undefined &&
      !url.includes(CURSOR) && {
        path: 'schedule.url',
        message: `expected ${CURSOR} in it, as there are changes`,
      },
    changes !== undefined &&
      fetched !== undefined &&
      fetched.format !== 'ndjson' && {
        path: 'schedule.file',
        message: 'expected a file of the format ndjson, as changes are kept as objects, one a line',
      },
  ];
  return faults.filter((fault) => fault !== false);
}

/** What stands for the cursor in a URL. */
export const CURSOR = '{cursor}';

function scaleFaults(
  { fields: { ratings = [], cRatings = {} } }: FileDefinition,
  scales: SourceDefinition['scales'],
): DefinitionFault[] {
  const used = [
    ...ratings.map(({ name, scale = name }, i) => ({ path: `fields.ratings[${i}].scale`, scale })),
    ...Object.entries(cRatings).map(([part, { scale }]) => ({
      path: `fields.cRatings.${part}.scale`,
      scale,
    })),
  ];
  return used.flatMap(({ path, scale }) =>
    typeof scale === 'string' && Object.hasOwn(scales, scale)
      ? []
      : [
          {
            path,
            message: `expected the name of one of the scales (${Object.keys(scales).join(', ') || 'there are none'})`,
          },
        ],
  );
}
