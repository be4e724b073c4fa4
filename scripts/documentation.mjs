// What is public and not documented well enough.
import fs from 'node:fs';
import path from 'node:path';

/** Numbers whose name does not say what they count. */
const COUNTED = /replicas|number|available/i;

/** One line for each gap: a missing summary or default, and a plain number without a unit. */
export function undocumented(root) {
  const { types } = JSON.parse(fs.readFileSync(path.join(root, '.jsii'), 'utf8'));
  return Object.values(types).flatMap(({ name: type, kind, datatype, docs, initializer, properties = [], methods = [], members = [] }) => [
    ...docs?.summary ? [] : [`${type}: no summary`],
    ...[...properties, ...methods, ...members].flatMap((member) => gaps(`${type}.${member.name}`, member, datatype)),
    ...kind === 'class' && methods.length + properties.length === 0 && !initializer ? [`${type}: nothing public`] : [],
  ]);
}

function gaps(name, { docs, overrides, optional, type, parameters }, ofOptions) {
  if (overrides) {
    return [];
  }
  const text = `${docs?.summary ?? ''} ${docs?.remarks ?? ''}`;
  return [
    ...docs?.summary ? [] : [`${name}: no summary`],
    ...ofOptions && optional && !docs?.default ? [`${name}: no @default`] : [],
    ...ofOptions && !optional && docs?.default ? [`${name}: required, but has a @default`] : [],
    ...ofOptions && /^-? ?(none|no value|undefined)?$/i.test((docs?.default ?? 'x').trim()) && docs.default.trim() !== '- none' ? [`${name}: @default says nothing`] : [],
    ...type?.primitive === 'number' && !COUNTED.test(name + text) && !/second|minute|hour|byte|percent|how many/i.test(text) ? [`${name}: a number without a unit`] : [],
    ...(parameters ?? []).filter((parameter) => parameter.type.primitive && !parameter.docs?.summary && !text.toLowerCase().includes(parameter.name.toLowerCase())).map((parameter) => `${name}: parameter ${parameter.name} is not explained`),
  ];
}
