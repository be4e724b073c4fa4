/** What moves the cursor, colours, or turns the order of letters around, and marks that nobody sees. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text of somebody else's on one line, with nothing in it that a terminal obeys. */
export function printable(text: string): string {
  return text.replace(/[\t-\r\u2028\u2029]+/g, ' ').replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** A value with all its texts made printable. */
export function printableIn<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, part) => typeof part === 'string' ? printable(part) : part);
}

/** JSON in ASCII, which no terminal obeys either. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

/** Lines of at most a width; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
