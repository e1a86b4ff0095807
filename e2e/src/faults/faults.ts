import { setTimeout as sleep } from 'node:timers/promises';
import { tableOf } from '@marquee/catalogue';
import { DATASET_NAMES } from '@marquee/datasets';
import { Client } from 'pg';
import type { Machine, Victim } from './machine.ts';
import type { FaultyOrigin, Lie } from './faulty-origin.ts';

/** A fault to inject. */
export type Fault =
  | { readonly kind: 'kill'; readonly victim: Victim }
  /** The loader is stopped with all its locks, and resumed. */
  | { readonly kind: 'freeze'; readonly forMs: number }
  /** Redis is killed and restarted, with or without its data. */
  | { readonly kind: 'redis'; readonly keep: boolean; readonly awayMs: number }
  /** The origin aborts its responses, and this number of later ones. */
  | { readonly kind: 'cut'; readonly more: number }
  | { readonly kind: 'lie'; readonly how: Lie; readonly day: number }
  /** The snapshot disk is full until the run ends. */
  | { readonly kind: 'disk' }
  /** A session holds a lock on the published tables: against the swap, or against writes too. */
  | { readonly kind: 'reader'; readonly mode: 'access share' | 'share'; readonly holdMs: number };

/** Fault names of the report. */
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
type FaultName = (typeof FAULT_NAMES)[number];

/** Name of a fault in the report. */
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

/** Describes a fault. */
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
 * Injects a fault; immediate effects have happened when this returns.
 *
 * @returns after the fault is over, a function that undoes what must last until the run has ended
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
  const client = new Client({ connectionString: databaseUrl, application_name: 'lock holder' });
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
