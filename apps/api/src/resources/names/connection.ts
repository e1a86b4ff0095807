import { MAX_DEGREES, type Connection, type ListedTitle } from '@marquee/contract';
import type { Database } from '../../database/database.ts';
import { LISTED_TITLE } from '../../database/columns.ts';
import { ProblemException } from '../../problems/problem-exception.ts';
import { tooSlow } from '../../problems/too-slow.ts';
import {
  findMeeting,
  findNeighbours,
  type ConnectionFilter,
  type Neighbour,
  type StepLimits,
} from './connection-statements.ts';
import { readNames } from './name-queries.ts';

/** No step starts later; each has the time limit of a statement. */
const DEADLINE_MS = 2500;

/** A step of a path: a title that two people have worked on. */
interface Step {
  readonly from: string;
  readonly tconst: string;
  readonly to: string;
}

/** The people that a search has found from one end. */
class Side {
  /** Those at the greatest distance so far. */
  frontier: readonly string[];
  readonly #cameBy = new Map<string, Neighbour | null>();

  constructor(start: string) {
    this.frontier = [start];
    this.#cameBy.set(start, null);
  }

  /** Adds people, and makes those that are new the frontier. */
  add(neighbours: readonly Neighbour[]): void {
    const added = neighbours.filter(({ nconst }) => !this.#cameBy.has(nconst));
    for (const neighbour of added) this.#cameBy.set(neighbour.nconst, neighbour);
    this.frontier = added.map(({ nconst }) => nconst);
  }

  /** The steps from the start to a person. */
  pathTo(nconst: string): Step[] {
    const steps: Step[] = [];
    for (let by = this.#cameBy.get(nconst); by; by = this.#cameBy.get(by.from))
      steps.unshift({ from: by.from, tconst: by.tconst, to: by.nconst });
    return steps;
  }
}

/**
 * The shortest path between two people by titles that each two neighbours have worked on, searched
 * from both ends. A step tests whether the frontiers share a title, which gives a path; else the
 * smaller one moves on by a title. Limits and a deadline bound each step: beyond them the path may
 * not be a shortest one, or not be found, and the answer says so.
 *
 * @param from, to ids of people that exist
 */
export async function connectPeople(
  database: Database,
  from: string,
  to: string,
  filter: ConnectionFilter,
  limits: StepLimits,
): Promise<Connection> {
  if (from === to) return { degrees: 0, isExhaustive: true, path: [] };
  const { steps, isExhaustive } = await findPath(database, from, to, filter, limits);
  return {
    degrees: steps?.length ?? null,
    isExhaustive,
    path: await describePath(database, steps ?? []),
  };
}

async function findPath(
  database: Database,
  from: string,
  to: string,
  filter: ConnectionFilter,
  limits: StepLimits,
): Promise<{ steps: Step[] | null; isExhaustive: boolean }> {
  const end = performance.now() + DEADLINE_MS;
  const [start, goal] = [new Side(from), new Side(to)];
  let isExhaustive = true;
  for (let degrees = 1; degrees <= MAX_DEGREES; degrees++) {
    if (performance.now() >= end) return { steps: null, isExhaustive: false };
    const tested = await unlessTooSlow(
      findMeeting(database, [start.frontier, goal.frontier], filter, limits),
    );
    if (tested === null) return { steps: null, isExhaustive: false };
    const { meeting, isCut } = tested;
    if (meeting !== null) {
      const back = goal.pathTo(meeting.to).reverse().map(turned);
      const steps = [...start.pathTo(meeting.from), meeting, ...back];
      // after a limit, both sides may have reached the same person
      return { steps: steps.filter((step) => step.from !== step.to), isExhaustive };
    }
    if (degrees === MAX_DEGREES) break;
    const smaller = start.frontier.length <= goal.frontier.length ? start : goal;
    const found = await unlessTooSlow(findNeighbours(database, smaller.frontier, filter, limits));
    if (found === null) return { steps: null, isExhaustive: false };
    isExhaustive &&= !isCut && !found.isCut;
    smaller.add(found.neighbours);
    if (smaller.frontier.length === 0) break;
  }
  return { steps: null, isExhaustive };
}

/** The result of a step; null if it takes longer than a statement may. */
async function unlessTooSlow<T>(step: Promise<T>): Promise<T | null> {
  try {
    return await step;
  } catch (error) {
    if (error instanceof ProblemException && error.fields.code === tooSlow().fields.code)
      return null;
    throw error;
  }
}

function turned({ from, tconst, to }: Step): Step {
  return { from: to, tconst, to: from };
}

/** The steps with names and titles. */
async function describePath(
  database: Database,
  steps: readonly Step[],
): Promise<Connection['path']> {
  if (steps.length === 0) return [];
  const text = `select asked.tconst as "tconst", ${LISTED_TITLE.columns} from unnest($1::text[]) as asked (tconst) ${LISTED_TITLE.joins('asked.tconst')}`;
  const [titles, names] = await Promise.all([
    database.read<ListedTitle>({ name: 'titles of a path', text }, [
      steps.map(({ tconst }) => tconst),
    ]),
    readNames(database, [...new Set(steps.flatMap(({ from, to }) => [from, to]))]),
  ]);
  const titleOf = new Map(titles.map((title) => [title.tconst, title]));
  const nameOf = new Map(names.map(({ nconst, primaryName }) => [nconst, primaryName]));
  const person = (nconst: string) => ({ nconst, primaryName: nameOf.get(nconst) ?? null });
  return steps.map(({ from, tconst, to }) => ({
    from: person(from),
    title: titleOf.get(tconst) as ListedTitle,
    to: person(to),
  }));
}
