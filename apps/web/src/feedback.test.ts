import { createElement } from 'react';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApiError } from './api-client.ts';
import { messageOf } from './error-message.ts';
import { ErrorMessage } from './feedback.tsx';
import { render } from './testing/render.ts';

let onLine: boolean;

beforeEach(() => {
  onLine = true;
  vi.stubGlobal('navigator', {
    get onLine() {
      return onLine;
    },
  });
  onTestFinished(() => void vi.unstubAllGlobals());
});

const apiError = (status: number, code: string) =>
  new ApiError({ status, code, detail: 'The reason.', hint: 'The hint.' });
const failure = (error: Error, page = false) =>
  render(createElement(ErrorMessage, { error, page }));

describe('an error message', () => {
  it('has the reason, the hint and a retry button', () => {
    const html = failure(apiError(500, 'x'));
    for (const part of ['role="alert"', 'The reason.', 'The hint.', '<button', '<h2>'])
      expect(html).toContain(part);
    expect(failure(apiError(500, 'x'), true)).toContain('<h1>');
  });

  it.each([
    ['a missing title', 404, true],
    ['a missing title, in place of a page', 404, false],
    ['a malformed id, in place of a page', 400, true],
  ])('for %s offers no retry, and links to the published data', (_, status, page) => {
    const html = failure(apiError(status, 'x'), page);
    expect(html).not.toContain('<button');
    expect(html).not.toContain('The hint.');
    expect(html).toContain('href="/data"');
  });

  it('without a response does not repeat the banner, and says that it loads by itself', () => {
    const html = failure(new TypeError('Failed to fetch'));
    expect(html).toContain('Not loaded yet');
    expect(html).toContain('loads by itself');
    expect(html).not.toContain('The server does not answer');
    expect(html).toContain('<button');
  });

  it('for an invalid filter of a list has the hint', () => {
    const html = failure(apiError(400, 'x'));
    expect(html).toContain('The hint.');
    expect(html).toContain('<button');
  });
});

it('distinguishes a lost network from a server that does not answer', () => {
  const error = new TypeError('Failed to fetch');
  const [unreachable] = [messageOf(error)];
  onLine = false;
  expect(messageOf(error)).not.toBe(unreachable);
  expect(messageOf(error)).toMatch(/offline/iu);
  // an error response stays one, even if the browser thinks it is offline
  expect(messageOf(apiError(409, 'x'))).toBe('The reason.');
});
