import { setTimeout as sleep } from 'node:timers/promises';
import { tableOf } from '@marquee/catalogue';
import { DATASET_NAMES } from '@marquee/datasets';
import { Client } from 'pg';
import type { Machine, Victim } from './machine.ts';
import type { FaultyOrigin, Lie } from './faulty-origin.ts';

/** What goes wrong. */
export type Fault =
  | { readonly kind: 'kill'; readonly victim: Victim }
  /** The loader stands still, with all it holds, and goes on. */
  | { readonly kind: 'freeze'; readonly forMs: number }
  /** Redis is killed, and comes back with what was in it or without. */
  | { readonly kind: 'redis'; readonly keep: boolean; readonly awayMs: number }
  /** The origin breaks off what it sends, and so many bodies after that. */
  | { readonly kind: 'cut'; readonly more: number }
  | { readonly kind: 'lie'; readonly how: Lie; readonly day: number }
  /** The disk of the snapshots is full until the run has ended. */
  | { readonly kind: 'disk' }
  /** Someone holds the published tables: by reading them, or against being written to. */
  | { readonly kind: 'reader'; readonly mode: 'access share' | 'share'; readonly holdMs: number };

/** The faults that the report counts apart. */
export const FAULT_NAMES = [
  'kill loader',
  'kill downloader',
  'kill api',
  'kill postgres',
  'freeze',
  'redis with its data',
  'redis without its data',
  'cut',
  'lie (other-version)',
  'lie (other-bytes)',
  'disk',
  'reader (access share)',
  'reader (share)',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** As what the report counts a fault. */
export function faultName(fault: Fault): FaultName {
  switch (fault.kind) {
    case 'kill':
      return `kill ${fault.victim}`;
    case 'redis':
      return fault.keep ? 'redis with its data' : 'redis without its data';
    case 'lie':
      return `lie (${fault.how})`;
    case 'reader':
      return `reader (${fault.mode})`;
    case 'freeze':
    case 'cut':
    case 'disk':
      return fault.kind;
  }
}

/** A fault in words. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
      return `kill -9 ${fault.victim}`;
    case 'freeze':
      return `loader frozen for ${fault.forMs} ms`;
    case 'redis':
      return `kill -9 redis, back after ${fault.awayMs} ms ${fault.keep ? 'with' : 'without'} its data`;
    case 'cut':
      return `origin cuts bodies, and ${fault.more} more`;
    case 'lie':
      return `origin sends day ${fault.day} on resume (${fault.how})`;
    case 'disk':
      return 'disk full';
    case 'reader':
      return `tables held in ${fault.mode} mode for ${fault.holdMs} ms`;
  }
}

/**
 * Lets a fault happen; what can be done at once is done before this returns.
 *
 * @returns when it is over; what lasts until the run has ended is ended by the answer
 */
export async function inject(
  fault: Fault,
  machine: Machine,
  origin: FaultyOrigin,
): Promise<() => void> {
  switch (fault.kind) {
    case 'kill':
      await machine.kill(fault.victim);
      break;
    case 'freeze':
      await machine.freezeLoader(fault.forMs);
      break;
    case 'redis':
      await machine.redis?.kill();
      await sleep(fault.awayMs);
      await machine.redis?.comeBack(fault);
      break;
    case 'cut':
      origin.cut(fault.more);
      break;
    case 'lie':
      origin.lie(fault.how, fault.day);
      break;
    case 'disk':
      machine.disk?.fill();
      return () => machine.disk?.free();
    case 'reader':
      await hold(machine, fault);
      break;
  }
  return () => undefined;
}

async function hold(
  { databaseUrl }: Machine,
  { mode, holdMs }: Extract<Fault, { kind: 'reader' }>,
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'the holder' });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(
      `lock table ${DATASET_NAMES.map((dataset) => tableOf(dataset, 'imdb')).join(', ')} in ${mode} mode`,
    );
    await sleep(holdMs);
  } finally {
    await client.end();
  }
}
