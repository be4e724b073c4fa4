import * as http from 'http';
import * as https from 'https';
import { Problem } from './problem';

/** As the SDK has them, and by the proxy of the environment. An older Node does not know `proxyEnv`, nor do its types, and passes over it. */
const OPTIONS = { keepAlive: true, maxSockets: 50, proxyEnv: process.env };

/** The connections to AWS. */
export function makeAgents(): { readonly httpAgent: http.Agent; readonly httpsAgent: https.Agent } {
  try {
    return { httpAgent: new http.Agent(OPTIONS), httpsAgent: new https.Agent(OPTIONS) };
  } catch {
    // Node's own message has the password in it.
    throw new Problem('HTTPS_PROXY or HTTP_PROXY is not valid: correct it, and write special characters of user and password as in a URL, such as %40 for @');
  }
}
