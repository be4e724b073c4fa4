/** What went wrong, in one sentence for the user. */
export class Problem extends Error {
  constructor(message: string, public readonly exitCode = 3) {
    super(message);
    this.name = 'Problem';
  }
}

const REMEDIES: [RegExp, string][] = [
  [/^CredentialsProviderError$/, 'no AWS credentials were found: sign in with aws sso login or aws login, or name a profile with --profile'],
  [/^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired|RequestExpired)$/, 'the AWS credentials have expired: sign in again'],
  [/^(UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|AuthFailure|IncompleteSignature)$/, 'AWS does not accept the credentials: check which profile is in use, and the clock of this machine'],
  [/^(ThrottlingException|Throttling|TooManyRequestsException)$/, 'AWS is throttling this account\'s requests: try again in a minute'],
];

/** One sentence for an error of AWS or of the way there. */
export function explain(error: unknown): Problem {
  const { name = '', message = String(error) } = error instanceof Error ? error : {};
  const { code = '' } = error as { code?: string };
  if (/Region is missing/.test(message)) {
    return new Problem('no AWS region is set: name it with --region, or set AWS_REGION');
  }
  if (/The SSO session|Token is expired|reauthenticate/i.test(message)) {
    return new Problem('the AWS sign-in has expired: run aws sso login');
  }
  if (/^AccessDenied/.test(name)) {
    // AWS names the principal and the action, which is what one needs to ask an administrator for.
    return new Problem(`access denied: ${sentence(message)}`);
  }
  if (/^(ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code) || name === 'TimeoutError') {
    return new Problem(`AWS could not be reached (${code || name}): check the network and the region`);
  }
  const { AWS_PROFILE: profile } = process.env;
  if (name === 'CredentialsProviderError' && profile) {
    return new Problem(`there are no credentials in the AWS profile ${profile}: sign in, or correct its name`);
  }
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(name)) ?? [];
  return new Problem(remedy ?? `AWS answered with ${name || 'an error'}: ${sentence(message)}`);
}

/** The first sentence, on one line. */
function sentence(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
}
