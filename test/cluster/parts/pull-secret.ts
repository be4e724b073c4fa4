/** What keeps a kubelet from pulling with a Secret; nothing where each of its registries has a login. */
export function faultOf(secret: any): string | undefined {
  const logins = secret.type === 'kubernetes.io/dockerconfigjson' ? Object.entries(authsOf(secret.data)) : [];
  if (logins.length === 0) {
    return 'holds no login';
  }
  const without = logins.find(([host, login]) => !isLogin(host, login));
  return without && `holds no login for ${without[0]}`;
}

/** The API server looks no further than whether it is JSON. */
function authsOf(data: Record<string, string> | undefined): object {
  try {
    const { auths } = JSON.parse(decode(data?.['.dockerconfigjson'])) ?? {};
    return typeof auths === 'object' && auths !== null ? auths : {};
  } catch {
    return {};
  }
}

function isLogin(host: string, login: any): boolean {
  const { auth, username = '', password = '' } = login ?? {};
  const text = auth ? decode(auth) : `${username}:${password}`;
  return (/\.dkr\.ecr\..+/.test(host) ? /^AWS:.+/ : /^[^:]+:.+/).test(text);
}

function decode(text: unknown): string {
  return Buffer.from(String(text), 'base64').toString();
}
