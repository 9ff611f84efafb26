/** Turns what a failed build said into a finding: without our folder's name, and with the file where the words name one. */
import type { Finding } from '../../domain/finding.ts';

const maxDetail = 2_000;

/**
 * `folder` is the build folder, `files` the paths in it, `fallback` the file to name when the words name none that can be told for sure.
 */
export function failedBuild(words: string, folder: string, files: Iterable<string>, fallback: string): Finding {
  const clean = cleanWords(words, folder);
  const named = fileNamed(clean, [...files]);
  const line = named === undefined ? undefined : /\byaml: line (\d+)/u.exec(clean)?.[1];
  return {
    code: 'render-failed',
    severity: 'error',
    file: named ?? fallback,
    ...(line === undefined ? {} : { line: Number(line) }),
    detail: clean === '' ? 'the build ended without a word' : clean,
  };
}

function cleanWords(words: string, folder: string): string {
  const text = words
    .split('\n')
    .filter((line) => !line.startsWith('# Warning:'))
    .join('\n')
    .replaceAll(`${folder}/`, '')
    .replaceAll(folder, '.')
    // kubectl wraps the message in a log line of its own.
    .replace(/^E\d{4} .*?\] "command failed" err="(.*)"\s*$/su, (_all, message: string) =>
      message.replaceAll('\\"', '"'),
    )
    .replace(/^\s*error:\s*/iu, '')
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  return text.length > maxDetail ? `${text.slice(0, maxDetail)}… (${text.length} characters)` : text;
}

/** The file the words name last: kustomize goes from the outside in. A name that fits several files names none. */
function fileNamed(words: string, files: readonly string[]): string | undefined {
  const tokens = [...words.matchAll(/'([^'\s]+)'|in File: (\S+)|path "([^"]+)"/gu)];
  for (const [, quoted, inFile, path] of tokens.reverse()) {
    const name = (quoted ?? inFile ?? path ?? '').replace(/^(?:\.{1,2}\/)+/u, '');
    const fitting = files.filter((file) => file === name || file.endsWith(`/${name}`));
    const [only] = fitting;
    if (only !== undefined && fitting.length === 1) return only;
  }
  return undefined;
}
