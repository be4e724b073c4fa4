/** Every form in which a value could be written down by mistake. */
function forms(value: string): string[] {
  const bytes = Buffer.from(value);
  // Base64 looks different at each of three offsets; what is common to all that could stand around it is searched for.
  const base64 = [0, 1, 2].map((offset) => Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64').replace(/=+$/, '').slice(offset ? 4 : 0, -2));
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('hex'),
    ...base64,
    ...base64.map((text) => text.replace(/\+/g, '-').replace(/\//g, '_')),
  ].filter((form) => form.length >= 8);
}

/** A text, and what it holds in base64, and what that holds in base64, and so on. */
function layersOf(text: string): string[] {
  const decoded = [...text.matchAll(/[A-Za-z0-9+/_-]{24,}/g)]
    .flatMap(([run]) => [0, 1, 2, 3].map((start) => Buffer.from(run.slice(start), 'base64').toString()))
    .join('\n');
  return decoded === '' ? [text] : [text, ...layersOf(decoded)];
}

/** Names of the values that stand in a text, in any form. */
export function findCanaries(text: string, canaries: Record<string, string>): string[] {
  const layers = layersOf(text).map((layer) => ({ layer, lower: layer.toLowerCase() }));
  return Object.entries(canaries)
    .filter(([, value]) => forms(value).some((form) => layers.some(({ layer, lower }) => layer.includes(form) || (/^[0-9a-f]+$/.test(form) && lower.includes(form)))))
    .map(([name]) => name);
}
