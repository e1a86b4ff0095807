import type { Role } from '@marquee/contract';
import { omdbError } from '../../resources/omdb/omdb-answers.ts';
import type { ProblemFields } from '../../problems/problem-exception.ts';

/** What a part of the API is, as the door sees it. */
export interface AccessPolicy {
  /** Who may read there: by GET and HEAD. */
  readonly read: Role | 'anyone';
  /** Who may do anything else. */
  readonly change: Role | 'anyone';
  /** A key is needed even where all else is open. */
  readonly always?: true;
  /**
   * Whether what is read there follows from what is published and from nothing else, so that it may
   * be kept until the next publish.
   */
  readonly published?: true;
  /**
   * Whoever looks after the server asks there all the time: without a limit, and hardly worth a
   * line in the log.
   */
  readonly watching?: true;
  /** The query parameter that can hold the key, for clients that know no other way. */
  readonly keyParameter?: string;
  /** How errors are answered there, where clients know another shape than ours. */
  readonly errors?: (problem: ProblemFields) => object;
}

const OPEN: AccessPolicy = { read: 'anyone', change: 'anyone' };
/** Whatever asks by POST there has more to ask for than fits a URL. */
const DATA: AccessPolicy = { read: 'reader', change: 'reader', published: true };
const RUNS: AccessPolicy = { read: 'reader', change: 'operator' };
const ADMIN: AccessPolicy = { read: 'admin', change: 'admin' };

/** What OMDb says, which its clients may look for. */
const OMDB_ERRORS: Readonly<Record<string, string>> = {
  'key-needed': 'No API key provided.',
  'key-unknown': 'Invalid API key!',
  'key-revoked': 'Invalid API key!',
  'key-expired': 'Invalid API key!',
  'too-many-requests': 'Request limit reached!',
};

/** By the first part of the path. What does not stand here is for admins. */
const AREAS: Readonly<Record<string, AccessPolicy>> = {
  '': OPEN,
  // the site's files and pages; what they show is asked for as by anyone else
  assets: OPEN,
  find: OPEN,
  title: OPEN,
  name: OPEN,
  explore: OPEN,
  data: OPEN,
  docs: OPEN,
  'openapi.json': OPEN,
  health: { ...OPEN, watching: true },
  metrics: { read: 'operator', change: 'operator', watching: true },
  titles: DATA,
  names: DATA,
  search: DATA,
  suggest: DATA,
  charts: DATA,
  facets: DATA,
  stats: DATA,
  changes: DATA,
  omdb: {
    ...DATA,
    keyParameter: 'apikey',
    errors: ({ code, detail }) => omdbError(OMDB_ERRORS[code] ?? detail),
  },
  published: RUNS,
  runs: RUNS,
  snapshots: RUNS,
  disk: RUNS,
  'run-downloader': RUNS,
  'run-loader': RUNS,
  updatedata: RUNS,
  webhooks: ADMIN,
  audit: ADMIN,
  // a key outlives the settings under which it was made
  keys: { ...ADMIN, always: true },
};

/**
 * The area of a route.
 *
 * @param route as it was declared, such as `/titles/:tconst`; undefined for one that does not exist
 */
export function accessPolicyOf(route: string | undefined): AccessPolicy {
  if (route === undefined) return OPEN;
  const first = route.split('/')[1] ?? '';
  return (Object.hasOwn(AREAS, first) ? AREAS[first] : undefined) ?? ADMIN;
}

/** Whether a method only reads. */
export function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** Who may ask this of an area. */
export function requiredRole(area: AccessPolicy, method: string): Role | 'anyone' {
  return isReading(method) ? area.read : area.change;
}
