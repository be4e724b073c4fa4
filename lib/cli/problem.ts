import { EXIT_CODES } from './exit-codes';

/** CloudFormation does not miss what was deleted behind its back, and makes it again only if told to. */
export const MAKE_AGAIN = 'cdk deploy --revert-drift recreates what was deleted outside CloudFormation';

/** What went wrong, in one sentence for the user. */
export class Problem extends Error {
  constructor(
    message: string,
    public readonly exitCode: number = EXIT_CODES.UNREACHABLE,
    /** Whether it may be over at the next try. */
    public readonly passing = false,
  ) {
    super(message);
    this.name = 'Problem';
  }
}

const REMEDIES: [RegExp, string][] = [
  [/^CredentialsProviderError$/, 'no AWS credentials were found: sign in with aws sso login or aws login, or name a profile with --profile'],
  [/^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired|RequestExpired)$/, 'the AWS credentials have expired: sign in again'],
  [/^(UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|AuthFailure|IncompleteSignature)$/, 'AWS does not accept the credentials: check which profile is in use, and the clock of this machine'],
];

const THROTTLED = /^(ThrottlingException|Throttling|TooManyRequestsException)$/;
const UNREACHABLE = /^(ENOTFOUND|ECONNREFUSED|ECONNRESET|EPIPE|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;

/** One sentence for an error of AWS or of the way there. */
export function explain(error: unknown): Problem {
  if (error instanceof Problem) {
    return error;
  }
  const { name = '', message = String(error) } = error instanceof Error ? error : {};
  const { code = '', $metadata: { httpStatusCode: status } = {} } = error as { code?: string; $metadata?: { httpStatusCode?: number } };
  if (/Region is missing/.test(message)) {
    return new Problem('no AWS region is set: name it with --region, or set AWS_REGION');
  }
  if (/Region not accepted/.test(message)) {
    return new Problem('the AWS region name is not valid: correct it with --region or AWS_REGION');
  }
  if (/The SSO session|Token is expired|reauthenticate/i.test(message)) {
    return new Problem('the AWS sign-in has expired: run aws sso login');
  }
  if (/^AccessDenied/.test(name)) {
    // AWS names the principal and the action, which is what one needs to ask an administrator for.
    return new Problem(`access denied: ${sentence(message)}`);
  }
  if (THROTTLED.test(name)) {
    return new Problem('AWS is throttling this account\'s requests: try again in a minute', EXIT_CODES.UNREACHABLE, true);
  }
  if (UNREACHABLE.test(code) || name === 'TimeoutError') {
    return new Problem(`AWS could not be reached (${code || name}): check the network, the proxy and the region`, EXIT_CODES.UNREACHABLE, true);
  }
  if (code === 'ERR_PROXY_TUNNEL') {
    const { statusCode = 500 } = error as { statusCode?: number };
    return new Problem(`AWS could not be reached through the proxy: ${sentence(message)}`, EXIT_CODES.UNREACHABLE, statusCode >= 500);
  }
  // Pages in place of AWS, of proxies and of networks that want a sign-in.
  if (name === 'SyntaxError' || name === 'Unknown') {
    return new Problem('the response did not come from AWS: check the network, the proxy and AWS_ENDPOINT_URL', EXIT_CODES.UNREACHABLE, true);
  }
  if (/requires multi-factor authentication/.test(message)) {
    return new Problem('the AWS profile asks for a multi-factor code, which this program does not: put its credentials into the environment by aws configure export-credentials --format env, and leave out --profile');
  }
  const { AWS_PROFILE: profile } = process.env;
  if (name === 'CredentialsProviderError' && profile) {
    return new Problem(`there are no credentials in the AWS profile ${profile}: sign in, or correct its name`);
  }
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(name)) ?? [];
  const source = status === undefined ? 'unexpected' : 'AWS answered with';
  return new Problem(remedy ?? `${source} ${name || 'error'}: ${sentence(message)}`, EXIT_CODES.UNREACHABLE, status !== undefined && (status >= 500 || status === 409));
}

/** The first sentence, on one line. */
function sentence(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
}
