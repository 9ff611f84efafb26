/** `fairlead check`: the operator file or a repository's `.fairlead.yaml`, and everything that is wrong with it. Asks no forge and no cluster. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseRepositoryFile } from '../core/settings/repository-file.ts';
import { loadOperatorFile } from './load-operator-file.ts';

/** What is wrong goes to standard error, each with file and line. True when nothing is. */
export function checkOperatorFile(file: string): boolean {
  const config = loadOperatorFile(file);
  if (config === undefined) return false;
  const { forges, clusters, bindings } = config;
  const counts = `${forges.length} forge(s), ${clusters.length} cluster(s), ${bindings.length} binding(s)`;
  console.log(`${file} is fine: ${counts}.`);
  return true;
}

export function checkRepositoryFile(file: string): boolean {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    console.error(`${file}: the file cannot be read. Correct the path.`);
    return false;
  }
  const result = parseRepositoryFile(bytes, file);
  if (result.kind === 'read') {
    console.log(`${file} is fine: ${result.environments.map(({ name }) => name).join(', ')}.`);
    return true;
  }
  for (const { line, detail, fix } of result.findings) {
    console.error(`${file}:${line ?? 1}: ${detail ?? 'it is not valid'}.${fix === undefined ? '' : ` ${fix}`}`);
  }
  return false;
}

/** `.fairlead.yaml`, `prod.fairlead.yaml`; an operator file has another name. */
export function looksLikeRepositoryFile(file: string): boolean {
  return /(?:^|\.)fairlead\.ya?ml$/.test(basename(file));
}
