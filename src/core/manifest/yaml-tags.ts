/** Tags: which ones have a meaning in a manifest, and what they make of a scalar. */
import type { Json } from '../../domain/json.ts';
import { meaningOfPlain, meaningOfTagged } from './scalar.ts';
import { YamlProblem } from './yaml-problem.ts';

const yamlTag = 'tag:yaml.org,2002:';
export const mergeTag = `${yamlTag}merge`;

/** The full name of a tag as written: `!!int` → `tag:yaml.org,2002:int`. `handles` are those of the document's %TAG lines. */
export function fullTag(raw: string, handles: ReadonlyMap<string, string>): string {
  if (raw.startsWith('!<')) {
    return raw.slice(2, -1);
  }
  const handle = raw.slice(0, raw.indexOf('!', 1) + 1) || '!';
  const prefix = handles.get(handle) ?? (handle === '!!' ? yamlTag : handle);
  return prefix + raw.slice(handle.length);
}

/** `plain`: neither quoted nor a block. Throws YamlProblem for tags and values that have no meaning in a manifest. */
export function scalarValue(text: string, plain: boolean, tag: string | undefined, offset: number): Json {
  // `!` alone says: a text, whatever it looks like. A merge tag elsewhere than at a key says nothing.
  if ((tag === undefined && !plain) || tag === '!' || tag === mergeTag) {
    return text;
  }
  const meaning =
    tag === undefined
      ? meaningOfPlain(text)
      : tag.startsWith(yamlTag)
        ? meaningOfTagged(tag.slice(yamlTag.length), text)
        : undefined;
  if (meaning === undefined) {
    throw unsupportedTag(tag ?? '', offset);
  }
  if (meaning.kind === 'refused') {
    throw new YamlProblem('yaml-unsupported-tag', offset, meaning.why, meaning.fix);
  }
  return meaning.value;
}

/** Throws YamlProblem when a collection is tagged as anything but what it is. */
export function checkCollectionTag(tag: string | undefined, kind: 'map' | 'seq', offset: number): void {
  if (tag !== undefined && tag !== '!' && tag !== yamlTag + kind) {
    throw unsupportedTag(tag, offset);
  }
}

function unsupportedTag(tag: string, offset: number): YamlProblem {
  const shown = tag.startsWith(yamlTag) ? `!!${tag.slice(yamlTag.length)}` : tag;
  return new YamlProblem(
    'yaml-unsupported-tag',
    offset,
    `the tag ${shown} has no meaning in a manifest`,
    'Remove the tag.',
  );
}
