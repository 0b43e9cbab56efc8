import { type Finding, ok, problem, warning } from './finding.ts';

const TIMEOUT_MS = 8000;
/** Signed requests and tokens are refused by vendors from some minutes on. */
const MOST_SKEW_MS = 60_000;

/** The origins of all addresses in a configuration. */
export function originsIn(config: unknown): string[] {
  const origins = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) walk(item);
    else if (typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value))
      origins.add(new URL(value).origin);
  };
  walk(config);
  return [...origins];
}

/**
 * Whether a host answers, and what time it is there. Nothing is sent but a HEAD request for its first page, without
 * credentials.
 */
export async function hostFindings(origin: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const proxy = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].find((name) => env[name]);
  if (proxy !== undefined)
    return [ok('network', `${origin} is reached through ${proxy}; \`headrace check\` tries it`)];
  const asked = Date.now();
  let answer: Response;
  try {
    answer = await fetch(origin, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const { message, hint } = reasonOf(error);
    return [problem('network', `${origin} cannot be reached: ${message}`, hint)];
  }
  const findings = [ok('network', `${origin} answers`)];
  const told = Date.parse(answer.headers.get('date') ?? '');
  const now = Date.now();
  // The header has whole seconds, and the answer took a while.
  const skew = told > now ? told - now : Math.max(0, asked - told - 1000);
  if (skew > MOST_SKEW_MS)
    findings.push(
      warning(
        'clock',
        `this machine's clock and that of ${origin} differ by ${Math.round(skew / 1000)} s`,
        'set the clock: install and start an NTP client',
      ),
    );
  return findings;
}

function reasonOf(error: unknown): { message: string; hint: string } {
  const cause = (error as { cause?: NodeJS.ErrnoException }).cause ?? (error as NodeJS.ErrnoException);
  const message = cause.message || String(cause.code ?? cause);
  if (cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN')
    return { message, hint: 'is the name right, and does this machine have a name server?' };
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(cause.code ?? ''))
    return { message, hint: 'name the file with your certificate authority in NODE_EXTRA_CA_CERTS' };
  if (cause.name === 'TimeoutError')
    return { message: 'no answer', hint: 'is there a firewall, or a proxy to be named in HTTPS_PROXY?' };
  return { message, hint: 'is the address right, and is the server running?' };
}
