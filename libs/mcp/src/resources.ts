import { McpServer, ResourceTemplate, type Variables } from '@modelcontextprotocol/server';
import { shortened } from './answer-size.ts';
import type { Api } from './api.ts';
import { dataOf } from './tool.ts';
import { readPersonOverview } from './tools/person.ts';
import { readTitleOverview } from './tools/title.ts';

/** What a resource is read from, by its id. */
type ReadResource = (api: Api, id: string) => Promise<object>;

const JSON_TYPE = 'application/json';

/** Adds titles and people as resources: the overviews that the tools answer. */
export function addResources(server: McpServer, api: Api): void {
  const add = (name: string, title: string, description: string, read: ReadResource) =>
    server.registerResource(
      name,
      // there are millions: none is listed
      new ResourceTemplate(`marquee://${name}/{id}`, { list: undefined }),
      { title, description, mimeType: JSON_TYPE },
      async (uri: URL, { id }: Variables) => {
        const encoded = encodeURIComponent(String(id));
        const [own, data] = await Promise.all([read(api, encoded), dataOf(api)]);
        const text = JSON.stringify({ ...shortened(own), data });
        return { contents: [{ uri: uri.href, mimeType: JSON_TYPE, text }] };
      },
    );
  add(
    'title',
    'Title',
    'The facts of a title by its id, such as marquee://title/tt0000001',
    readTitleOverview,
  );
  add(
    'name',
    'Person',
    'The facts of a person by id, such as marquee://name/nm0000001',
    async (one, id) => readPersonOverview(one, `/names/${id}`),
  );
}
