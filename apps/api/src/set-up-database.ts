import { setUpDatabase } from '@marquee/catalogue';
import { readConfigOrExit, tlsHint } from '@marquee/process';
import { errorMessage } from '@marquee/process/error-message';
import { prepareQueue } from '@marquee/runs';
import { SetUpConfig } from './set-up-config.ts';

/**
 * Creates the roles that the processes and people connect as, and brings the database to the schema
 * of this version. Runs before the other processes, as a superuser: the others need less.
 */
const config = await readConfigOrExit(SetUpConfig, process.env);
/** By role: API_2_PASSWORD is that of marquee_api_2. */
const passwords = Object.fromEntries(
  Object.entries(config).flatMap(([name, value]) => {
    const [, role] = /^(\w+)_PASSWORD$/u.exec(name) ?? [];
    return role === undefined || value === undefined
      ? []
      : [[`marquee_${role.toLowerCase()}`, value]];
  }),
);
const isQueueElsewhere = config.QUEUE_URL?.startsWith('redis') === true;
try {
  await setUpDatabase(config.DATABASE_ADMIN_URL, passwords, async (ownerUrl) => {
    if (!isQueueElsewhere) await prepareQueue(ownerUrl);
  });
} catch (error) {
  const hint = tlsHint(error);
  if (hint === null) throw error;
  console.error(`${errorMessage(error)}\n${hint}`);
  process.exitCode = 1;
}
