import { Problem } from '@marquee/contract';
import type { Api } from '@marquee/mcp';
import { UserError } from '@marquee/process';
import type { ReadApi } from '../../http/site/api-reads.ts';

/** The API within its own process, as the caller of a request would read it. */
export function injectedApi(read: ReadApi): Api {
  return {
    async get(schema, path, query = {}) {
      const given = Object.entries(query).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as const],
      );
      const search = new URLSearchParams(Object.fromEntries(given)).toString();
      return schema.parse(await jsonOf(read, search === '' ? path : `${path}?${search}`));
    },
    async send(_, schema, path, body) {
      return schema.parse(await jsonOf(read, path, body));
    },
  };
}

/** The body of a response. @throws UserError with the message and the hint of a problem */
async function jsonOf(read: ReadApi, path: string, body?: object): Promise<unknown> {
  const { status, json } = await read(path, body);
  const answer: unknown = JSON.parse(json);
  if (status === 200) return answer;
  const { detail, hint = null, code, faults = [] } = Problem.parse(answer);
  const message = faults.map(({ where, what }) => `${where}: ${what}`).join('\n');
  throw new UserError(message || detail, { hint, code });
}
