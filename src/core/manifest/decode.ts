/** Bytes of a file → text, or the finding that says why it is not the text of a manifest: too large, not UTF-8, an LFS pointer, encrypted. */
import type { Finding } from '../../domain/finding.ts';
import type { ReadLimits } from './limits.ts';

export interface SourceFile {
  /** Path inside the repository. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The text without a byte order mark. */
export function decodeFile(
  file: SourceFile,
  limits: Pick<ReadLimits, 'fileBytes'>,
): { readonly text: string } | Finding {
  const error = (code: Finding['code'], detail: string, fix?: string): Finding => ({
    code,
    severity: 'error',
    file: file.path,
    line: 1,
    detail,
    ...(fix === undefined ? {} : { fix }),
  });
  if (file.bytes.length > limits.fileBytes) {
    return error('file-too-large', `${file.bytes.length} bytes, the limit is ${limits.fileBytes}`, 'Split the file.');
  }
  const encoding = otherEncoding(file.bytes);
  if (encoding !== undefined) {
    return error('file-not-utf8', `the file is ${encoding}`, 'Save it as UTF-8.');
  }
  let text: string;
  try {
    text = utf8.decode(file.bytes);
  } catch {
    return error('file-not-utf8', 'the file has bytes that are not UTF-8', 'Save it as UTF-8.');
  }
  const head = text.slice(0, 200);
  if (head.startsWith('version https://git-lfs.github.com/spec/')) {
    return error('lfs-pointer', 'the file is a Git LFS pointer', 'Commit the manifest itself, without Git LFS.');
  }
  const cipher = ciphers.find(([mark]) => head.startsWith(mark));
  if (cipher !== undefined) {
    return error('encrypted-secret', `the file is encrypted with ${cipher[1]}`);
  }
  return { text };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

const ciphers: readonly (readonly [mark: string, tool: string])[] = [
  ['\0GITCRYPT\0', 'git-crypt'],
  ['-----BEGIN AGE ENCRYPTED FILE-----', 'age'],
  ['age-encryption.org/', 'age'],
  ['-----BEGIN PGP MESSAGE-----', 'PGP'],
  ['$ANSIBLE_VAULT;', 'Ansible Vault'],
];

/** UTF-16 and UTF-32, by byte order mark or by the zero bytes ASCII letters have there; YAML begins with an ASCII letter. */
function otherEncoding(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return 'UTF-16';
  }
  if (bytes.length >= 2 && (first === 0) !== (second === 0) && third !== undefined && !startsWithGitCrypt(bytes)) {
    return 'UTF-16';
  }
  return undefined;
}

function startsWithGitCrypt(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0x47 && bytes[2] === 0x49;
}
