import { type Answer, html, redirect } from '../http/answer.ts';
import type { FaultAnswers, FaultKind } from '../http/faults.ts';
import { oops } from './answer.ts';

/**
 * Faults of a Jenkins and of what stands in front of it, besides the common ones.
 * - `sign-in`: a redirect to the login page; `sign-in-elsewhere`: to another host; `sign-in-page`: the page, with 200
 * - `proxy-page`: a proxy's web page, with 200
 * - `oops`: the 500 of a property that cannot be exported, outside of a list
 * - `starting`: 503 with the page of a controller that starts
 */
export const JENKINS_FAULT_KINDS = [
  'sign-in',
  'sign-in-elsewhere',
  'sign-in-page',
  'proxy-page',
  'oops',
  'starting',
] as const;

/** One of {@link JENKINS_FAULT_KINDS}, or of the common kinds. */
export type JenkinsFaultKind = FaultKind | (typeof JENKINS_FAULT_KINDS)[number];

const SIGN_IN =
  '<!DOCTYPE html><html><head><title>Sign in [Jenkins]</title></head><body><form method="post" name="login" ' +
  'action="j_spring_security_check"><input name="j_username"><input name="j_password" type="password"></form></body></html>';
const PROXY =
  '<!DOCTYPE html><html><head><title>Access portal</title></head><body><h1>Your session has ended</h1></body></html>';
const STARTING =
  '<!DOCTYPE html><html><head><title>Starting Jenkins</title></head><body>Please wait while Jenkins is getting ready to work…</body></html>';

export function signInPage(): Answer {
  return html(SIGN_IN, 200, { 'Content-Type': 'text/html;charset=utf-8' });
}

export const JENKINS_FAULTS: FaultAnswers = {
  'sign-in': () => redirect('/login?from=%2F'),
  'sign-in-elsewhere': () => redirect('https://sso.example.com/authorize?client_id=jenkins'),
  'sign-in-page': signInPage,
  'proxy-page': () => html(PROXY),
  oops: () => oops('java.lang.IllegalStateException'),
  starting: () => html(STARTING, 503, { 'Content-Type': 'text/html;charset=utf-8' }),
};
