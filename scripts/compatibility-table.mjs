// Whether the table of what was run stands in the README as it came out.

const TABLE = /(<!-- compatibility -->\n)([\s\S]*?)(<!-- end of compatibility -->)/;

export function withTable(readme, table) {
  return readme.replace(TABLE, (_, begin, before, end) => `${begin}${table}${end}`);
}

/**
 * Rows, and the version of Node, that only one of the two has. Which versions were the newest ones does not matter, nor
 * how many feature flags they have: others release when they want.
 */
export function differences(readme, table, oldest) {
  const [written, current] = [TABLE.exec(readme)?.[2] ?? '', table].map((text) => text.split('\n').filter((line) => /^(\||Run with )/.test(line)).map((line) => withoutNewest(line, oldest)));
  return [...written.filter((line) => !current.includes(line)).map((line) => `- ${line}`), ...current.filter((line) => !written.includes(line)).map((line) => `+ ${line}`)];
}

function withoutNewest(line, oldest) {
  return line.replace(/\d+\.\d+\.\d+/g, (version) => oldest.includes(version) ? version : 'newest').replace(/all \d+ recommended/, 'all recommended');
}
