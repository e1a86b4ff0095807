import { compareHeader, type DatasetName, type KnownHeader } from '@marquee/datasets';

/** The file does not start with its dataset's header line. */
export class WrongHeader extends Error {
  override readonly name = 'WrongHeader';
}

/**
 * Parses the first line of a file.
 *
 * @param line without its newline
 * @throws WrongHeader when it is not the dataset's header
 */
export function readHeader(dataset: DatasetName, line: Buffer): KnownHeader {
  const header = compareHeader(dataset, line);
  if (header.isKnown) return header;
  throw new WrongHeader(
    `The first line of the file is not the header of ${dataset}: ${header.differs}.`,
  );
}
