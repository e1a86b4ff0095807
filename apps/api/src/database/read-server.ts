import type { Pool } from 'pg';
import type { PoolName } from './connections.ts';
import type { PipelinedConnections } from './pipelined-connections.ts';

/** A server of the database, and the connections of this process to it. */
export interface ReadServer {
  /** `primary`, or the host and port of a replica. */
  readonly name: string;
  readonly pools: Readonly<Record<PoolName, Pool>>;
  readonly pipelined: PipelinedConnections;
}
