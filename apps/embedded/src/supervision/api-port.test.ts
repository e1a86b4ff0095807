import { takePort } from '@marquee/process/testing';
import { describe, expect, it } from 'vitest';
import { findApiPort } from './api-port.ts';

describe("the API's port", () => {
  it('is a free one if it is 0', async () => {
    expect(
      await findApiPort({ apiHost: '127.0.0.1', apiPort: 0, postgresPort: 0 }),
    ).toBeGreaterThan(0);
  });

  it('is named if it is taken, with how to set another', async () => {
    const port = await takePort();
    await expect(
      findApiPort({ apiHost: '127.0.0.1', apiPort: port, postgresPort: 0 }),
    ).rejects.toThrow(new RegExp(`^Port ${port} .*taken.*Set API_PORT`, 'u'));
  });

  it('is named together with that of PostgreSQL if both are taken', async () => {
    const [apiPort, postgresPort] = [await takePort(), await takePort()];
    await expect(findApiPort({ apiHost: '127.0.0.1', apiPort, postgresPort })).rejects.toThrow(
      new RegExp(
        `^Port ${apiPort} .*Set API_PORT.*\\nPort ${postgresPort} .*Set POSTGRES_PORT`,
        'u',
      ),
    );
  });

  it.each(['192.0.2.1', 'nowhere.invalid'])(
    'is not named if the address, %s, is not of this machine',
    async (apiHost) => {
      await expect(findApiPort({ apiHost, apiPort: 0, postgresPort: 0 })).rejects.toThrow(
        /^API_HOST is .*no address of this machine/u,
      );
      await expect(findApiPort({ apiHost, apiPort: 3000, postgresPort: 0 })).rejects.not.toThrow(
        /API_PORT/u,
      );
    },
  );
});
