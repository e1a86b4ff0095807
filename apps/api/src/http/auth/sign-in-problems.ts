import type { SignInProblem } from '@marquee/contract';
import { ProblemException } from '../../problems/problem-exception.ts';

const AGAIN = 'Sign in again: GET /sign-in/start.';

function problem(
  status: number,
  code: SignInProblem,
  detail: string,
  hint: string,
): ProblemException {
  return new ProblemException({ status, code, detail, hint });
}

/** The browser has no cookie of this sign-in, the state differs, or its code is used up. */
export function signInExpired(reason: string): ProblemException {
  return problem(400, 'sign-in-expired', `The sign-in is not valid: ${reason}.`, AGAIN);
}

/** @param error the code that the provider sends; anybody can write another one into the URL */
export function signInRefused(error: string): ProblemException {
  return problem(
    403,
    'sign-in-refused',
    `The identity provider has refused the sign-in: ${JSON.stringify(error.slice(0, 100))}.`,
    `${AGAIN} The operator of the provider can tell why.`,
  );
}

export function noRole(claim: string): ProblemException {
  return problem(
    403,
    'no-role',
    `No value of the claim ${JSON.stringify(claim)} has a role on this server.`,
    'Ask the operator of this server: OIDC_ROLES lists the values that have one.',
  );
}

export function providerUnavailable(): ProblemException {
  return problem(
    503,
    'provider-unavailable',
    'The identity provider does not answer.',
    'Try again later. Keys and sessions go on being valid.',
  );
}

/** @param reason what is wrong, without anything of a token */
export function badProviderAnswer(reason: string, hint: string): ProblemException {
  return problem(
    502,
    'provider-answer',
    `The answer of the identity provider is not valid: ${reason}.`,
    hint,
  );
}

export function noProvider(): ProblemException {
  return new ProblemException({
    status: 404,
    code: 'no-provider',
    detail: 'This server has no identity provider.',
    hint: 'Sign in with a key: POST /session. OIDC_ISSUER sets a provider.',
  });
}

export function badLogoutToken(): ProblemException {
  return new ProblemException({
    status: 400,
    code: 'bad-logout-token',
    detail: 'The logout token is not valid.',
    hint: 'Send a logout token of the identity provider for this client. The log says more.',
  });
}
