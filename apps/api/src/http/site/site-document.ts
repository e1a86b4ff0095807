import { readFileSync } from 'node:fs';

/** The content of a page before any script runs. */
export interface PageContent {
  readonly title: string;
  readonly description: string;
  /** Open Graph's type of the page, such as `video.movie`. */
  readonly type: string;
  /** The first paint, which the site replaces. */
  readonly html: Html;
  /** Responses of the API as JSON, by path: the site needs no request for them. */
  readonly preload: ReadonlyMap<string, string>;
  readonly status: 200 | 404;
}

/** HTML in which all text is escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** HTML from a template: values are escaped, lists joined, null and false left out. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (Html | readonly Html[] | string | number | null | false)[]
): Html {
  const written = values.map((value) => {
    if (value === null || value === false) return '';
    if (value instanceof Html) return value.text;
    return typeof value === 'object' ? value.map(({ text }) => text).join('') : escape(value);
  });
  return new Html(parts.map((part, i) => part + (written[i] ?? '')).join(''));
}

function escape(value: string | number): string {
  return String(value).replaceAll(/[&<>"']/gu, (sign) => `&#${sign.charCodeAt(0)};`);
}

const TITLE = /<title>[^<]*<\/title>/u;
const DESCRIPTION = /<meta\s+name="description"[^>]*>/u;
const ROOT = '<div id="root"></div>';

/** The built document of the site, into which the content of a page is written. */
export class SiteDocument {
  /** As built, for a page without content. */
  readonly plain: string;

  /** @throws Error when the document lacks what pages fill in */
  constructor(path: string) {
    this.plain = readFileSync(path, 'utf8');
    if (!TITLE.test(this.plain) || !DESCRIPTION.test(this.plain) || !this.plain.includes(ROOT))
      throw new Error(`${path} needs a <title>, a description and ${ROOT}.`);
  }

  /** The document of a page. */
  render({ title, description, type, html: body, preload }: PageContent): string {
    const head = html`<meta name="description" content="${description}" />
      <meta property="og:title" content="${title}" />
      <meta property="og:description" content="${description}" />
      <meta property="og:type" content="${type}" />
      <meta property="og:site_name" content="marquee" />
      <meta name="twitter:card" content="summary" />`;
    const name = title === 'marquee' ? title : `${title} · marquee`;
    // functions: in a text, $ would have a meaning
    return this.plain
      .replace(TITLE, () => html`<title>${name}</title>`.text)
      .replace(DESCRIPTION, () => head.text)
      .replace(ROOT, () => `<div id="root">${body.text}</div>\n    ${preloadScript(preload)}`);
  }
}

/** A data block, which no browser executes. Without `<`, no text in it can end it. */
function preloadScript(preload: PageContent['preload']): string {
  const entries = [...preload].map(([path, json]) => `${JSON.stringify(path)}:${json}`);
  return `<script type="application/json" id="preload">{${entries.join(',').replaceAll('<', String.raw`\u003c`)}}</script>`;
}
