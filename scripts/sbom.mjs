/** A software bill of materials (CycloneDX 1.6) of packages that are bundled into one file. The same for the same input. */
export function billOfMaterials({ name, version, license }, packages, lock) {
  const reference = (part) => `pkg:npm/${part.name.replace('@', '%40')}@${part.version}`;
  const components = packages.map(({ folder, ...part }) => ({
    'type': 'library',
    'bom-ref': reference(part),
    'name': part.name,
    'version': part.version,
    ...hashes(lock.packages[folder]?.integrity),
    'licenses': [/^[\w.-]+$/.test(part.license) ? { license: { id: part.license } } : { expression: part.license }],
    'purl': reference(part),
  }));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { 'type': 'library', 'bom-ref': reference({ name, version }), name, version, 'licenses': [{ license: { id: license } }], 'purl': reference({ name, version }) },
    },
    components,
    dependencies: [{ ref: reference({ name, version }), dependsOn: components.map((component) => component['bom-ref']) }, ...components.map((component) => ({ ref: component['bom-ref'] }))],
  };
}

/** From the form of a lock file (base64) to that of a bill of materials. */
function hashes(integrity) {
  const [, digest] = /^sha512-(\S+)$/.exec(integrity ?? '') ?? [];
  return digest ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] } : {};
}
