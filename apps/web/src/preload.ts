/** The responses of the API that the server put into the document, by path; undefined until read. */
let responses: Map<string, unknown> | undefined;

/**
 * Takes the response of a path out of the document, so that the first page is rendered without a
 * request.
 *
 * @returns undefined for other paths, and for a second call: the response is as old as the document
 */
export function takePreloaded(path: string | null): unknown {
  responses ??= readDocument();
  if (path === null) return undefined;
  const response = responses.get(path);
  responses.delete(path);
  return response;
}

function readDocument(): Map<string, unknown> {
  const text =
    typeof document === 'undefined' ? null : document.querySelector('#preload')?.textContent;
  if (!text) return new Map();
  return new Map(Object.entries(JSON.parse(text) as Record<string, unknown>));
}
