/*
 * What of the public names breaks programs of the last release and jsii-diff does not see: defaults, and the entry point
 * of Blueprints, which is not in the assembly.
 */

/** One line for each change, with the key that api/intended-changes.txt has for it. */
export function breakingNames(released, current) {
  const [before, after] = [released, current].map(parse);
  return [...before].flatMap(([name, was]) => {
    const is = after.get(name);
    return [
      ...is && otherDefault(was, is) ? [`${name} has the default ${is.default} in place of ${was.default} [default:${name}]`] : [],
      ...!was.inBlueprints ? [] : !is ? [`${name} is gone [removed:${name}]`] : !takes(was, is) ? [`${name} is ${JSON.stringify(is.signature)} in place of ${JSON.stringify(was.signature)} [changed:${name}]`] : [],
    ];
  }).concat([...after].filter(([name, is]) => is.inBlueprints && is.required && !before.has(name) && before.has(is.type)).map(([name]) => `${name} is required [required:${name}]`));
}

/** Types and members that the last release did not have, or had with another signature. */
export function newNames(released, current) {
  const before = parse(released);
  return [...parse(current)].filter(([name, { signature }]) => before.get(name)?.signature !== signature).map(([name]) => name);
}

/** What begins with a dash is told in words, which may become better ones; the figures among them may not change. */
function otherDefault(was, is) {
  if (was.default === undefined || is.default === undefined) {
    return false;
  }
  const inWords = [was, is].every((entry) => entry.default.startsWith('- '));
  return inWords ? figures(was.default) !== figures(is.default) : was.default !== is.default;
}

/** Numbers with their units, such as 14 days, 1.5 and 500Mi, and not those in names such as v2. */
function figures(text) {
  return (text.match(/\b\d+(\.\d+)*\w*( (second|minute|hour|day|week)s?)?/g) ?? []).join();
}

/** Whether programs for the one signature can use the other. */
function takes(was, is) {
  return is.signature === was.signature || is.signature.replace('?:', ':') === was.signature;
}

/** Types and their members by name, from the form of api/public-names.txt. */
function parse(text) {
  const names = new Map();
  let [prefix, type, isInterface] = ['', '', false];
  for (const line of text.split('\n').filter(Boolean)) {
    const [signature, ...rest] = line.trim().replace(/ \(deprecated\)$/, '').split(' = ');
    const entry = { signature, default: rest.length > 0 ? rest.join(' = ') : undefined, inBlueprints: prefix !== '' };
    if (line.startsWith('#')) {
      prefix = line.endsWith('/blueprints') ? 'blueprints.' : '';
    } else if (line.startsWith(' ')) {
      const [, name] = /^(?:(?:static|constant|protected|public|readonly) )*(\w+)/.exec(signature);
      names.set(`${type}.${name}`, { ...entry, type, required: isInterface && !/^[^(:]*\?:/.test(signature) });
    } else {
      const [kind, name] = line.split(' ');
      [type, isInterface] = [`${prefix}${name}`, kind === 'interface'];
      names.set(type, entry);
    }
  }
  return names;
}
