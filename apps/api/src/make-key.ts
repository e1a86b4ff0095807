import { parseArgs } from 'node:util';
import { AuditEntity, dataSourceOptions, migrate } from '@marquee/catalogue';
import { KeyRequest, ROLES } from '@marquee/contract';
import { readConfigOrExit } from '@marquee/process';
import { DataSource } from 'typeorm';
import { ApiConfig } from './config.ts';
import { insertKey } from './http/auth/insert-key.ts';

const USAGE = `For example: make key ROLE=${ROLES.join('|')} NAME='the kitchen tablet' EXPIRES=2030-01-31T00:00:00Z REQUESTS_PER_MINUTE=60`;

/** The variables of make that give a field. */
const VARIABLES: Readonly<Record<string, string>> = {
  role: 'ROLE',
  name: 'NAME',
  expiresAt: 'EXPIRES',
  requestsPerMinute: 'REQUESTS_PER_MINUTE',
};

/**
 * Makes a key without the API: the first key, or one in place of a lost one. Access to the database
 * is the only authorization.
 */
const { DATABASE_URL } = await readConfigOrExit(
  ApiConfig.pick({ DATABASE_URL: true }),
  process.env,
);
const request = readRequest();
if (request === null) {
  console.error(USAGE);
  process.exit(2);
}
await migrate(DATABASE_URL);
const dataSource = await new DataSource({
  ...dataSourceOptions(DATABASE_URL),
  applicationName: 'marquee make-key',
}).initialize();
const { secret, ...key } = await insertKey(dataSource.manager, request);
await dataSource.manager.insert(AuditEntity, {
  keyName: 'make-key',
  method: 'POST',
  path: '/keys',
  asked: request,
  status: 201,
  madeId: key.id,
});
await dataSource.destroy();
console.error(
  `A key with the role ${key.role} for ${key.name}, id ${key.id}. It will not be shown again:`,
);
console.log(secret);

function readRequest(): KeyRequest | null {
  try {
    const options = {
      role: { type: 'string' },
      name: { type: 'string' },
      expires: { type: 'string' },
      'requests-per-minute': { type: 'string' },
    } as const;
    const { role, name, expires, 'requests-per-minute': requests } = parseArgs({ options }).values;
    const parsed = KeyRequest.safeParse({
      role,
      name,
      ...(expires === undefined ? {} : { expiresAt: expires }),
      ...(requests === undefined ? {} : { requestsPerMinute: Number(requests) }),
    });
    const faults = new Map(
      parsed.error?.issues.map(({ path: [field = ''], message }) => [String(field), message]),
    );
    for (const [field, message] of faults)
      console.error(`${VARIABLES[field] ?? field}: ${message}`);
    return parsed.data ?? null;
  } catch (error) {
    console.error((error as Error).message);
    return null;
  }
}
