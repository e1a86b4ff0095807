/**
 * A position in the log of events: an id of `events.event` or of `movies.change`, which share a
 * sequence. Events with greater ones were committed later.
 */
export type EventPosition = number;

const ID = /^([\da-f]{8})-(\d{1,15})$/u;

/**
 * The id of the event at a position.
 *
 * @param epoch of the database: ids of another one are recognised
 */
export function writeEventId(epoch: string, position: EventPosition): string {
  return `${epoch}-${position}`;
}

/** The parts of an id; null if the text is not one. */
export function readEventId(text: string): { epoch: string; position: EventPosition } | null {
  const [, epoch, position] = ID.exec(text) ?? [];
  return epoch === undefined ? null : { epoch, position: Number(position) };
}
