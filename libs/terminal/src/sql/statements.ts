/**
 * The tokens in which a semicolon does not end a statement (strings, quoted names, dollar-quoted
 * bodies, comments), and the semicolon itself. In an `e'…'` string a backslash escapes a quote.
 */
const PIECES =
  /e'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![\w$])(\$(?:[a-z_]\w*)?\$)[^]*?\1|--[^\n]*|\/\*[^]*?\*\/|;/giu;

/** The start of such a token; tested where none is complete. */
const OPEN = /e?'|"|(?<![\w$])\$(?:[a-z_]\w*)?\$|\/\*/iu;

/** The statements of a text, and what follows the last semicolon. */
interface Statements {
  readonly statements: readonly string[];
  readonly rest: string;
}

/** Splits a text at the semicolons that end statements. */
export function splitStatements(text: string): Statements {
  const statements: string[] = [];
  let start = 0;
  // where the search for unterminated tokens starts
  let checked = 0;
  for (const { 0: piece, index } of text.matchAll(PIECES)) {
    // an unterminated token contains all that follows
    if (OPEN.test(text.slice(checked, index))) break;
    checked = index + piece.length;
    if (piece !== ';') continue;
    const statement = text.slice(start, index).trim();
    if (statement !== '') statements.push(statement);
    start = index + 1;
  }
  return { statements, rest: text.slice(start).trim() };
}
