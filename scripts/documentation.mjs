// What is public and not documented well enough.
import fs from 'node:fs';
import path from 'node:path';
import { documentedTypes } from './declarations.mjs';

/** What numbers count. */
const UNIT = /\b(seconds|minutes|hours|days|bytes|percent|pods|invocations)\b/i;
/** Defaults that leave the reader where he was; `- none` says that there is none. */
const EMPTY_DEFAULT = /^(?!- none$)-? ?(none|no value|undefined|(the )?default|(see|depends)\b.*)?\.?$/i;
/** How a parameter says what holds without it. */
const DEFAULT_IN_PROSE = /\b(by default|if left out)\b/i;
/** Parameters that all constructs have. */
const OF_CONSTRUCTS = ['scope', 'id', 'props'];

/** One line for each gap, in both entry points: a missing summary or default, also of a parameter, and a plain number without a unit. */
export function undocumented(root) {
  const { types } = JSON.parse(fs.readFileSync(path.join(root, '.jsii'), 'utf8'));
  const isOfOptions = ({ fqn }) => types[fqn]?.datatype === true;
  const all = [...Object.values(types), ...documentedTypes(path.join(root, 'lib/blueprints/index.d.ts'))];
  return all.flatMap(({ name: type, kind, datatype, docs, initializer, properties = [], methods = [], members = [] }) => [
    ...docs?.summary ? [] : [`${type}: no summary`],
    ...initializer ? gaps(`${type}.constructor`, { ...initializer, parameters: (initializer.parameters ?? []).filter(({ name }) => !OF_CONSTRUCTS.includes(name)) }, datatype, isOfOptions) : [],
    ...[...properties, ...methods, ...members].flatMap((member) => gaps(`${type}.${member.name}`, member, datatype, isOfOptions)),
    ...kind === 'class' && [...methods, ...properties, ...members].length === 0 && !initializer ? [`${type}: nothing public`] : [],
  ]);
}

function gaps(name, { docs, overrides, optional, type, parameters }, ofOptions, isOfOptions) {
  if (overrides) {
    return [];
  }
  const text = `${docs?.summary ?? ''} ${docs?.remarks ?? ''}`;
  return [
    ...docs?.summary ? [] : [`${name}: no summary`],
    ...ofOptions && optional && docs?.default === undefined ? [`${name}: no @default`] : [],
    ...ofOptions && !optional && docs?.default !== undefined ? [`${name}: required, but has a @default`] : [],
    ...ofOptions && EMPTY_DEFAULT.test(docs?.default?.trim() ?? 'x') ? [`${name}: @default says nothing`] : [],
    ...type?.primitive === 'number' && !UNIT.test(docs?.summary ?? '') ? [`${name}: a number without a unit`] : [],
    ...(parameters ?? []).filter((parameter) => parameter.type.primitive && !parameter.docs?.summary && !text.toLowerCase().includes(parameter.name.toLowerCase())).map((parameter) => `${name}: parameter ${parameter.name} is not explained`),
    // Options of this library have defaults of their own.
    ...(parameters ?? []).filter((parameter) => parameter.optional && !isOfOptions(parameter.type) && !DEFAULT_IN_PROSE.test(parameter.docs?.summary ?? '')).map((parameter) => `${name}: parameter ${parameter.name} has no default in its @param`),
  ];
}
