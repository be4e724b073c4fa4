/** A part of a value that is this long is told too much; a shorter one may be chance. */
const TELLING_LENGTH = 12;
/** A run of the telling length holds a whole probe at one of every STRIDE places. */
const PROBE_LENGTH = 6;
const STRIDE = TELLING_LENGTH - PROBE_LENGTH + 1;
/** Shorter values are in any text. */
const LEAST_LENGTH = 8;

/** What secret values begin with that everybody knows. */
const PUBLIC_PARTS = [
  // The header of a token, and what the login of a registry begins with.
  `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.`,
  Buffer.from('AWS:').toString('base64').replace(/=+$/, '').slice(0, -1),
];

/** The forms in which a value is written down as text. */
const FORMS: ((text: string) => string)[] = [(text) => text, encodeURIComponent, (text) => JSON.stringify(text).slice(1, -1)];

/** A text, and what it holds in base64 and hexadecimals, and what that holds, and so on. */
function layersOf(text: string): string[] {
  const decode = (pattern: RegExp, encoding: BufferEncoding, starts: number[]) =>
    [...text.matchAll(pattern)].flatMap(([run]) => starts.map((start) => Buffer.from(run.slice(start), encoding).toString()));
  const decoded = [
    ...decode(/[A-Za-z0-9+/_-]{16,}/g, 'base64', [0, 1, 2, 3]),
    ...decode(/[0-9A-Fa-f]{24,}/g, 'hex', [0, 1]),
  ].join('\n');
  return decoded === '' ? [text] : [text, ...layersOf(decoded)];
}

/** Of a value in JSON all that does not stand in one of its texts, such as their names. */
function publicPartsOf(value: string): string[] {
  const json = parse(value);
  const around = typeof json === 'object' ? [value] : [];
  return [...PUBLIC_PARTS, ...textsIn(json).reduce((parts, text) => parts.flatMap((part) => part.split(JSON.stringify(text).slice(1, -1))), around)];
}

function textsIn(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap((part) => typeof part === 'string' ? [part].filter(Boolean) : textsIn(part)) : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value in one form, to be recognized by its parts. */
interface Form {
  readonly name: string;
  readonly text: string;
  /** Of each character whether everybody knows it. */
  readonly known: boolean[];
}

function makeForm(name: string, text: string, publicParts: string[]): Form {
  const known = Array.from(text, () => false);
  for (const part of publicParts.filter(Boolean)) {
    for (let place = text.indexOf(part); place >= 0; place = text.indexOf(part, place + 1)) {
      known.fill(true, place, place + part.length);
    }
  }
  return { name, text, known };
}

/**
 * Names of the values that stand in a text, whole or in part, in any form.
 *
 * @param known what else everybody knows, though values hold it
 */
export function findCanaries(text: string, canaries: Record<string, string>, known: string[] = []): string[] {
  const forms = Object.entries(canaries).filter(([, value]) => value.length >= LEAST_LENGTH).flatMap(([name, value]) =>
    [...new Set(FORMS.map((write) => write(value)))].map((text) => makeForm(name, text, [...publicPartsOf(value), ...known].flatMap((part) => FORMS.map((write) => write(part))))));
  const found = new Set<string>();
  const long = forms.filter((form) => form.text.length >= TELLING_LENGTH);
  const probes = new Map<string, [Form, number][]>();
  long.forEach((form) => {
    for (let place = 0; place + PROBE_LENGTH <= form.text.length; place++) {
      const probe = form.text.slice(place, place + PROBE_LENGTH);
      probes.set(probe, [...probes.get(probe) ?? [], [form, place]]);
    }
  });
  for (const layer of layersOf(text)) {
    forms.filter((form) => !long.includes(form) && layer.includes(form.text)).forEach(({ name }) => found.add(name));
    for (let place = 0; place + PROBE_LENGTH <= layer.length; place += STRIDE) {
      for (const [form, start] of probes.get(layer.slice(place, place + PROBE_LENGTH)) ?? []) {
        if (!found.has(form.name) && tells(form, commonRun(layer, place, form.text, start))) {
          found.add(form.name);
        }
      }
    }
  }
  return Object.keys(canaries).filter((name) => found.has(name));
}

/** Not by what everybody knows, and the few characters beside it that are alike by chance. */
function tells({ known }: Form, [start, end]: [number, number]): boolean {
  return end - start >= TELLING_LENGTH && known.slice(start, end).filter((isKnown) => !isKnown).length >= PROBE_LENGTH;
}

/** Where in the other text what it has in common with the one, around a place of each, begins and ends. */
function commonRun(one: string, oneStart: number, other: string, otherStart: number): [number, number] {
  let before = 0;
  while (before < Math.min(oneStart, otherStart) && one[oneStart - before - 1] === other[otherStart - before - 1]) {
    before++;
  }
  let after = 0;
  while (oneStart + after < one.length && otherStart + after < other.length && one[oneStart + after] === other[otherStart + after]) {
    after++;
  }
  return [otherStart - before, otherStart + after];
}
