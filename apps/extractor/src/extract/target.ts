import { parseDefinition, type SourceDefinition } from '@marquee/sources';
import type { ClientBase } from 'pg';

/** A delivery of one file of a source. */
export interface Delivery {
  readonly id: number;
  readonly file: string;
  readonly name: string;
  readonly sha256: string;
  readonly state: 'received' | 'taken';
  readonly ignoreGates: readonly string[];
}

/** What the records of a source should be made from. */
export interface Target {
  readonly definition: SourceDefinition;
  readonly definitionHash: string;
  /** The delivery of each file that has one, in the order of the definition's files. */
  readonly deliveries: readonly Delivery[];
  /** Those of them, and of older ones, that are done with this step. */
  readonly received: readonly Delivery[];
}

/** The target as `sources.source.taken` has it. */
interface Taken {
  readonly definition: string;
  readonly deliveries: Readonly<Record<string, number>>;
}

/**
 * What is to be done next for a source; null when its records are as they should be. One step takes
 * one new delivery of each file at most, in the order in which they came: so each has its own
 * counts, and a failed one does not stop those after it.
 */
export async function nextTarget(client: ClientBase, source: string): Promise<Target | null> {
  const { rows } = await client.query<{
    definition: unknown;
    hash: string;
    taken: Taken | null;
    failed: Taken | null;
  }>(
    `select definition, encode(definition_hash, 'hex') as hash, taken, error -> 'target' as failed
     from sources.source where id = $1::text`,
    [source],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const definition = parseDefinition(row.definition);
  const all = await deliveriesOf(client, source);
  const received = nextReceived(all, definition);
  const last = received.at(-1)?.id ?? Infinity;
  const deliveries = definition.files.flatMap(
    ({ name }) =>
      all.findLast(({ file, id, state }) => file === name && (id <= last || state === 'taken')) ??
      [],
  );
  // without the first file there is nothing that the others belong to
  const hasFirst = deliveries[0]?.file === definition.files[0]?.name;
  const target: Target = {
    definition,
    definitionHash: row.hash,
    deliveries: hasFirst ? deliveries : [],
    received: hasFirst ? received : [],
  };
  if (target.received.length > 0) return target;
  const taken = takenOf(target);
  return isSame(taken, row.taken) || isSame(taken, row.failed) || isNothing(target, row.taken)
    ? null
    : target;
}

/** The value of `sources.source.taken` for a target. */
export function takenOf({ definitionHash, deliveries }: Target): Taken {
  return {
    definition: definitionHash,
    deliveries: Object.fromEntries(deliveries.map(({ file, id }) => [file, id])),
  };
}

/**
 * All deliveries that are neither withdrawn nor failed, the oldest first: thousands, where files
 * come every day for years.
 */
async function deliveriesOf(client: ClientBase, source: string): Promise<Delivery[]> {
  const { rows } = await client.query<Delivery>(
    `select id::int, file, name, encode(sha256, 'hex') as sha256, state, ignore_gates as "ignoreGates"
     from sources.delivery
     where source = $1::text and state in ('received', 'taken')
     order by id`,
    [source],
  );
  return rows;
}

/** The oldest deliveries that wait, up to the second one of a file. */
function nextReceived(all: readonly Delivery[], { files }: SourceDefinition): Delivery[] {
  const known = new Set(files.map(({ name }) => name));
  const next: Delivery[] = [];
  for (const delivery of all) {
    if (delivery.state !== 'received' || !known.has(delivery.file)) continue;
    if (next.some(({ file }) => file === delivery.file)) break;
    next.push(delivery);
  }
  return next;
}

function isNothing({ deliveries }: Target, taken: Taken | null): boolean {
  return deliveries.length === 0 && taken === null;
}

function isSame(a: Taken, b: Taken | null): boolean {
  const text = ({ definition, deliveries }: Taken) =>
    JSON.stringify([definition, Object.entries(deliveries).sort(([x], [y]) => (x < y ? -1 : 1))]);
  return b !== null && text(a) === text(b);
}
