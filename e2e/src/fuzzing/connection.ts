import { connect, type Socket } from 'node:net';
import type { FuzzRequest } from './requests.ts';

/** Result of a request: a response, a closed connection, or a response without end. */
type FuzzAnswer = { readonly status: number; readonly text: string } | 'closed' | 'endless';

/** A response that takes longer may never end: an event stream, or a missing body. */
const ENDLESS_MS = 3000;

/** A keep-alive connection that sends arbitrary bytes. */
export class FuzzConnection {
  readonly #port: number;
  #socket: Socket | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  /** @throws Error if the server does not listen any more */
  async ask({ bytes, isHead }: FuzzRequest): Promise<FuzzAnswer> {
    const fresh = this.#socket === null || this.#socket.destroyed;
    const answer = await this.#exchange(bytes, isHead);
    // the server may close an idle connection just when it is used again
    return answer === 'closed' && !fresh ? this.#exchange(bytes, isHead) : answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  async #exchange(bytes: Buffer, isHead: boolean): Promise<FuzzAnswer> {
    const socket = await this.#open();
    const { promise, resolve } = Promise.withResolvers<FuzzAnswer>();
    let received = Buffer.alloc(0);
    const finish = (answer: FuzzAnswer, keep: boolean): void => {
      if (!keep) this.close();
      resolve(answer);
    };
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const answer = readAnswer(received, isHead);
      if (answer !== null) finish(answer, answer.isKept);
    };
    const onEnd = (): void => {
      const [, status] = /^HTTP\/1\.1 (\d{3})/u.exec(received.toString('latin1')) ?? [];
      finish(
        status === undefined ? 'closed' : { status: Number(status), text: received.toString() },
        false,
      );
    };
    const timer = setTimeout(() => finish('endless', false), ENDLESS_MS);
    socket.on('data', onData).on('close', onEnd);
    socket.write(bytes);
    const answer = await promise;
    clearTimeout(timer);
    socket.off('data', onData).off('close', onEnd);
    return answer;
  }

  async #open(): Promise<Socket> {
    if (this.#socket !== null && !this.#socket.destroyed && this.#socket.writable)
      return this.#socket;
    const socket = connect(this.#port, '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    // then it is closed, which is the result
    socket.on('error', () => undefined);
    this.#socket = socket;
    return socket;
  }
}

/** The received response; null while it is incomplete. */
function readAnswer(
  received: Buffer,
  isHead: boolean,
): { status: number; text: string; isKept: boolean } | null {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const head = received.subarray(0, end).toString('latin1');
  const status = Number(/^HTTP\/1\.1 (\d{3})/u.exec(head)?.[1] ?? 0);
  const body = received.subarray(end + 4);
  if (status === 100) return readAnswer(body, isHead);
  // data after an invalid request does not belong to the next one
  const isKept = !/^connection: close/imu.test(head) && status < 400;
  const length = /^content-length: (\d+)/imu.exec(head)?.[1];
  const isWhole =
    isHead ||
    status === 204 ||
    status === 304 ||
    (length === undefined
      ? body.subarray(-5).toString('latin1') === '0\r\n\r\n'
      : body.length >= Number(length));
  return isWhole ? { status, text: body.toString(), isKept } : null;
}
