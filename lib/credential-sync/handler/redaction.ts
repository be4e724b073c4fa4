/** Shorter values would be found in any text. */
const SHORTEST_SECRET = 4;

/** Shorter parts of a value say little of it, and stand in many texts by chance. */
const SHORTEST_PART = 8;

/** What gives itself away, whether it is known or not: a token for EKS, and what signs the URL in one. */
const SECRET_BY_FORM = /k8s-aws-v1\.[\w-]*|x-amz-(?:signature|security-token)(?:=|%3d)[^&\s"']*/gi;

/**
 * Takes values out of a text, in every form in which others write them down, and every part of them that is eight
 * characters long or longer. Letters of ASCII count the same in either case.
 */
export function redact(text: string, secrets: string[]): string {
  const lower = lowerCase(text);
  const covered = new Uint8Array(text.length);
  for (const { index, 0: { length } } of text.matchAll(SECRET_BY_FORM)) {
    covered.fill(1, index, index + length);
  }
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
