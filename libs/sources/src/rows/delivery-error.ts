/** Why a file cannot be a delivery: what to do about each kind. */
const HINTS = {
  empty: 'Deliver the file again; was it cut off?',
  'wrong-header':
    'Is it the file of another source? If its columns have other names now, change the definition.',
  truncated: 'Deliver the file again: it was cut off.',
  'archive-bomb': 'It grows beyond any film data when it is unpacked. Deliver it unpacked.',
  'wrong-format':
    'Deliver the file in the format of the definition, or change the definition. ZIP archives must be unpacked.',
  'row-too-long': 'Is a quote missing in the row, or is the file of another format?',
  'too-many-rejects':
    'See its rejects. If they can be done without, take the delivery again and ignore this gate.',
  'too-many-lost':
    'Is it a part of the file? If the records are meant to go, take the delivery again and ignore this gate.',
  'no-content': 'Its content is not in the store any more. Deliver the file again.',
} as const;

export type DeliveryErrorCode = keyof typeof HINTS;

/** A file cannot be taken as a delivery. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly code: DeliveryErrorCode;
  /** What to do, in whole sentences. */
  readonly hint: string;
  readonly retryable = false;
  /** Of a wrong header: the columns that the file has. */
  readonly columns: readonly string[];

  constructor(
    code: DeliveryErrorCode,
    message: string,
    cause?: unknown,
    columns: readonly string[] = [],
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.columns = columns;
    this.hint = HINTS[code];
  }
}
