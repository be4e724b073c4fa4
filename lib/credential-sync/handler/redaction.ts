/** Shorter values would be found in any text. */
const SHORTEST_SECRET = 4;

/** Shorter parts of a value say little of it, and stand in many texts by chance. */
const SHORTEST_PART = 8;

/** What gives itself away, whether it is known or not: a token for EKS, and what signs the URL in one. */
const SECRET_BY_FORM = /k8s-aws-v1\.[\w-]*|x-amz-(?:signature|security-token)(?:=|%3d)[^&\s"']*/gi;

/** Base64 of 30 bytes: keys are that long, and few names. */
export const SHORTEST_ENCODED = 40;

/** Longer words are in no name that Kubernetes gives, or is given. */
const LONGEST_WORD = 20;

/** A part of a text: from where, and to before where. */
export type Span = readonly [start: number, end: number];

/**
 * Where a text has something that looks like base64 of either alphabet, with what dots join to it, as in a JSON Web
 * Token; not where it looks like names, which are words in lower case.
 */
export function findEncoded(text: string): Span[] {
  return [...text.matchAll(/[\w+/.-]+={0,2}/g)]
    .filter(([run]) => run.split('.').some((part) => part.length >= SHORTEST_ENCODED && !isName(part)))
    .map(({ index, 0: { length } }) => [index, index + length]);
}

function isName(text: string): boolean {
  return text.split(/[-/]/).every((word) => word.length <= LONGEST_WORD && /^[a-z0-9]*$/.test(word));
}

/**
 * Takes values out of a text, in every form in which others write them down, and every part of them that is eight
 * characters long or longer. Letters of ASCII count the same in either case.
 *
 * @param more what else is to be taken out; it may reach beyond the end
 */
export function redact(text: string, secrets: string[], more: Span[] = []): string {
  const lower = lowerCase(text);
  const covered = new Uint8Array(text.length);
  for (const { index, 0: { length } } of text.matchAll(SECRET_BY_FORM)) {
    covered.fill(1, index, index + length);
  }
  more.forEach(([start, end]) => covered.fill(1, start, end));
  for (const form of secrets.filter(({ length }) => length >= SHORTEST_SECRET).flatMap(formsOf)) {
    const size = Math.min(SHORTEST_PART, form.length);
    const places = placesOf(lower, size);
    for (let start = 0; start + size <= form.length; start++) {
      const part = form.slice(start, start + size);
      places.get(part)?.forEach((place) => covered.fill(1, place, place + size));
      places.delete(part);
    }
  }
  return [...covered].map((hidden, at) => hidden ? covered[at - 1] ? '' : '[redacted]' : text[at]).join('');
}

/** A value as text, in JSON, percent-encoded, in hexadecimals and in base64 of both alphabets. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((offset) => base64Behind(bytes, offset));
  const forms = [
    value,
    JSON.stringify(value).slice(1, -1),
    // From the bytes, because half a surrogate pair cannot be encoded.
    encodeURIComponent(bytes.toString()),
    bytes.toString('hex'),
    ...base64,
    ...base64.map((text) => text.replace(/\+/g, '-').replace(/\//g, '_')),
  ];
  return [...new Set(forms.filter(({ length }) => length >= SHORTEST_SECRET).map(lowerCase))];
}

/** Base64 looks different at each of three offsets: the characters that come of the value alone. */
function base64Behind(bytes: Buffer, offset: number): string {
  return Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64').slice(Math.ceil(offset * 4 / 3), Math.floor((offset + bytes.length) * 4 / 3));
}

/** Where the parts of a size stand in a text. */
function placesOf(text: string, size: number): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (let place = 0; place + size <= text.length; place++) {
    const part = text.slice(place, place + size);
    const known = places.get(part) ?? [];
    known.push(place);
    places.set(part, known);
  }
  return places;
}

/** Of ASCII alone, which keeps every character in its place. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
