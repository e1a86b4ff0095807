import { headerOf, type DatasetName } from '@marquee/datasets';

/** A file that does not start with its dataset's header line. */
export class WrongHeader extends Error {
  override readonly name = 'WrongHeader';
}

/** @throws WrongHeader when a line, without its newline, is not the dataset's header */
export function expectHeader(dataset: DatasetName, line: Buffer): void {
  const header = headerOf(dataset);
  if (line.equals(Buffer.from(header))) return;
  throw new WrongHeader(
    `The first line of the file is ${JSON.stringify(line.subarray(0, 300).toString())}; expected ${JSON.stringify(header)}.`,
  );
}
