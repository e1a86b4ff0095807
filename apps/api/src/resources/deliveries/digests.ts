import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import { faultyInput } from '../../problems/bad-input.ts';
import { ProblemException } from '../../problems/problem-exception.ts';

/** The algorithms of RFC 9530 that are verified; others are no fault. */
const ALGORITHMS = ['sha-256', 'sha-512'] as const;
type Algorithm = (typeof ALGORITHMS)[number];

/** A digest that a client has sent. */
interface Digest {
  readonly header: string;
  readonly algorithm: Algorithm;
  /** In base64. */
  readonly value: string;
}

/** `sha-256=:…:` in a dictionary of RFC 9651. */
const MEMBER = /^\s*([a-z*][\w.*-]*)\s*=\s*:([A-Za-z\d+/]*={0,2}):\s*$/u;

/**
 * The digests of a body that its headers announce. A body is the whole file as it is, so both
 * headers mean the same bytes.
 *
 * @throws ProblemException 400 for a header that is not as in RFC 9530
 */
export function announcedDigests(headers: IncomingHttpHeaders): Digest[] {
  return ['content-digest', 'repr-digest'].flatMap((header) => {
    const given = headers[header];
    if (typeof given !== 'string') return [];
    return given.split(',').flatMap((member) => {
      const [, name, value = ''] = MEMBER.exec(member) ?? [];
      if (name === undefined)
        throw faultyInput([
          { where: header, what: 'expected a digest as in RFC 9530, such as sha-256=:<base64>:' },
        ]);
      const algorithm = ALGORITHMS.find((known) => known === name);
      return algorithm === undefined ? [] : [{ header, algorithm, value }];
    });
  });
}

/** Passes bytes on, and fails at their end if they have another digest than announced. */
export class VerifyDigests extends Transform {
  readonly #announced;

  constructor(announced: readonly Digest[]) {
    super();
    this.#announced = announced.map((digest) => ({
      ...digest,
      hash: createHash(digest.algorithm.replace('-', '')),
    }));
  }

  override _transform(chunk: Uint8Array, _: BufferEncoding, callback: TransformCallback): void {
    for (const { hash } of this.#announced) hash.update(chunk);
    callback(null, chunk);
  }

  override _flush(callback: TransformCallback): void {
    for (const { header, algorithm, value, hash } of this.#announced) {
      const actual = hash.digest('base64');
      if (actual === value) continue;
      callback(digestMismatch(algorithm, actual, `${value}, as ${header} says`));
      return;
    }
    callback();
  }
}

/** The 400 for a file that has another digest than its sender says. */
export function digestMismatch(
  algorithm: Algorithm,
  actual: string,
  expected: string,
): ProblemException {
  return new ProblemException({
    status: 400,
    code: 'digest-mismatch',
    detail: `The body has the ${algorithm} ${actual}; expected ${expected}. Nothing was kept.`,
    hint: 'The file was damaged on its way, or the digest is of another file. Send it again.',
  });
}
