/**
 * One YAML text → JSON values. The parser's events are put together here, and not by the library's own schema, because
 * scalars, keys and merges must mean what they mean to kubectl, and because aliases must be counted by what they stand for.
 */
import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { Json } from '../../domain/json.ts';
import type { ReadLimits } from './limits.ts';
import { addPair, keyText, mergeInto, type MappingBuilder } from './mapping.ts';
import { parseYaml, type RepairBudget } from './parse-yaml.ts';
import { meaningOfPlain, meaningOfTagged } from './scalar.ts';
import { type Place, placeOf, YamlProblem, type YamlProblemCode } from './yaml-problem.ts';

export interface ComposedDocument {
  readonly value: Json;
  /** 1-based line of the text on which the root node begins. */
  readonly line: number;
}

type ComposeLimits = Pick<ReadLimits, 'depth' | 'aliases' | 'aliasedNodes'>;

/** What is wrong with a document, at a place counted from the beginning of its text. */
export interface DocumentProblem {
  readonly code: YamlProblemCode;
  readonly place: Place;
  readonly message: string;
  readonly fix: string | undefined;
}

export type Composition =
  | { readonly kind: 'composed'; readonly documents: readonly ComposedDocument[] }
  | { readonly kind: 'problem'; readonly problem: DocumentProblem };

/** The documents of a text (several only where `...` separates them); an empty document is null. */
export function composeDocuments(input: string, limits: ComposeLimits, budget: RepairBudget): Composition {
  const parsed = parseYaml(input, limits.depth, budget);
  if (parsed.kind === 'problem') {
    return { kind: 'problem', problem: atPlace(parsed.problem, parsed.text) };
  }
  try {
    const composer = new Composer(parsed.text, limits);
    for (const event of parsed.events) {
      composer.take(event);
    }
    return { kind: 'composed', documents: composer.documents };
  } catch (error) {
    if (error instanceof YamlProblem) {
      return { kind: 'problem', problem: atPlace(error, parsed.text) };
    }
    throw error;
  }
}

function atPlace(problem: YamlProblem, text: string): DocumentProblem {
  return { code: problem.code, place: placeOf(text, problem.offset), message: problem.message, fix: problem.fix };
}

/** A finished node: its value, how many nodes it stands for with aliases followed, and how deep it is. */
interface Built {
  readonly value: Json;
  readonly nodes: number;
  readonly height: number;
}

interface Frame {
  readonly start: number;
  readonly anchor: string | undefined;
  readonly list: Json[] | undefined;
  readonly mapping: MappingBuilder | undefined;
  key: { readonly text: string; readonly merge: boolean; readonly offset: number } | undefined;
  nodes: number;
  height: number;
}

const yamlTag = 'tag:yaml.org,2002:';

/** State of one composition. Not exported: the function above is the way in. */
class Composer {
  readonly documents: ComposedDocument[] = [];
  private readonly text: string;
  private readonly limits: ComposeLimits;
  private frames: Frame[] = [];
  private anchors = new Map<string, Built | 'open'>();
  private handles = new Map<string, string>();
  private aliases = 0;
  private aliasedNodes = 0;

  constructor(text: string, limits: ComposeLimits) {
    this.text = text;
    this.limits = limits;
  }

  take(event: Event): void {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        this.anchors = new Map();
        this.aliases = 0;
        this.aliasedNodes = 0;
        this.handles = new Map(
          event.directives.flatMap((each) => (each.kind === 'tag' ? [[each.handle, each.prefix]] : [])),
        );
        break;
      case EVENT_ID.SCALAR:
        this.scalar(event);
        break;
      case EVENT_ID.ALIAS:
        this.alias(event.anchorStart, event.anchorEnd);
        break;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING:
        this.open(event.type === EVENT_ID.MAPPING, event);
        break;
      case EVENT_ID.POP:
        this.close();
        break;
    }
  }

  private scalar(event: ScalarEvent): void {
    const offset = event.valueStart < 0 ? Math.max(event.tagStart, event.anchorEnd, 0) : event.valueStart;
    const text = getScalarValue(this.text, event);
    const plain = event.style === SCALAR_STYLE.PLAIN;
    const tag = this.tag(event.tagStart, event.tagEnd);
    if (event.style === SCALAR_STYLE.DOUBLE_QUOTED && !text.isWellFormed()) {
      throw new YamlProblem(
        'yaml-malformed',
        offset,
        'half of a surrogate pair is not a character',
        'Write the character itself.',
      );
    }
    const value = this.scalarValue(text, plain, tag, offset);
    const merge = text === '<<' && (tag === undefined ? plain : tag === `${yamlTag}merge`);
    this.finish({ value, nodes: 1, height: 0 }, this.anchorName(event), offset, merge);
  }

  private scalarValue(text: string, plain: boolean, tag: string | undefined, offset: number): Json {
    if (tag === undefined && !plain) {
      return text;
    }
    const known = tag?.startsWith(yamlTag) === true ? meaningOfTagged(tag.slice(yamlTag.length), text) : undefined;
    if (tag !== undefined && tag !== '!' && tag !== `${yamlTag}merge` && known === undefined) {
      throw unsupportedTag(tag, offset);
    }
    const meaning = tag === undefined ? meaningOfPlain(text) : known;
    if (meaning?.kind === 'refused') {
      throw new YamlProblem('yaml-unsupported-tag', offset, meaning.why, meaning.fix);
    }
    return meaning === undefined ? text : meaning.value;
  }

  private alias(start: number, end: number): void {
    const name = this.text.slice(start, end);
    const target = this.anchors.get(name);
    if (target === undefined) {
      throw new YamlProblem(
        'yaml-malformed',
        start,
        `nothing above is called &${name}`,
        'Put the value in quotes if it should begin with *.',
      );
    }
    if (target === 'open') {
      throw new YamlProblem('yaml-alias-limit', start, `&${name} contains itself`);
    }
    this.aliases++;
    this.aliasedNodes += target.nodes;
    this.checkAliases(start);
    if (this.frames.length + target.height > this.limits.depth) {
      throw new YamlProblem('yaml-too-deep', start, `more than ${this.limits.depth} levels with aliases followed`);
    }
    this.finish(target, undefined, start, false);
  }

  private checkAliases(offset: number): void {
    if (this.aliases > this.limits.aliases) {
      throw new YamlProblem('yaml-alias-limit', offset, `more than ${this.limits.aliases} aliases in one document`);
    }
    if (this.aliasedNodes > this.limits.aliasedNodes) {
      throw new YamlProblem(
        'yaml-alias-limit',
        offset,
        `aliases stand for more than ${this.limits.aliasedNodes} values`,
      );
    }
  }

  private open(isMapping: boolean, event: Extract<Event, { start: number }>): void {
    const tag = this.tag(event.tagStart, event.tagEnd);
    if (tag !== undefined && tag !== '!' && tag !== `${yamlTag}${isMapping ? 'map' : 'seq'}`) {
      throw unsupportedTag(tag, event.tagStart);
    }
    const anchor = this.anchorName(event);
    if (anchor !== undefined) {
      this.anchors.set(anchor, 'open');
    }
    this.frames.push({
      start: event.start,
      anchor,
      list: isMapping ? undefined : [],
      mapping: isMapping ? { value: {}, merged: undefined } : undefined,
      key: undefined,
      nodes: 1,
      height: 0,
    });
  }

  /** The end of a collection, or of a document that has delivered its root already. */
  private close(): void {
    const frame = this.frames.pop();
    const value = frame?.mapping?.value ?? frame?.list;
    if (frame !== undefined && value !== undefined) {
      this.finish({ value, nodes: frame.nodes, height: frame.height + 1 }, frame.anchor, frame.start, false);
    }
  }

  private finish(built: Built, anchor: string | undefined, offset: number, merge: boolean): void {
    if (anchor !== undefined) {
      this.anchors.set(anchor, built);
    }
    const frame = this.frames.at(-1);
    if (frame === undefined) {
      this.documents.push({ value: built.value, line: placeOf(this.text, offset).line });
      return;
    }
    frame.nodes += built.nodes;
    frame.height = Math.max(frame.height, built.height);
    if (frame.list !== undefined) {
      frame.list.push(built.value);
    } else if (frame.mapping !== undefined && frame.key === undefined) {
      frame.key = { text: merge ? '<<' : keyText(built.value, offset), merge, offset };
    } else if (frame.mapping !== undefined && frame.key !== undefined) {
      this.pair(frame.mapping, frame.key, built.value);
      frame.key = undefined;
    }
  }

  private pair(mapping: MappingBuilder, key: NonNullable<Frame['key']>, value: Json): void {
    if (key.merge) {
      this.aliasedNodes += mergeInto(mapping, value, key.offset);
      this.checkAliases(key.offset);
    } else {
      addPair(mapping, key.text, value, key.offset);
    }
  }

  private anchorName(event: { readonly anchorStart: number; readonly anchorEnd: number }): string | undefined {
    return event.anchorStart < 0 ? undefined : this.text.slice(event.anchorStart, event.anchorEnd);
  }

  /** The full name of a tag: `!!int` → `tag:yaml.org,2002:int`; undefined where there is none. */
  private tag(start: number, end: number): string | undefined {
    if (start < 0) {
      return undefined;
    }
    const raw = this.text.slice(start, end);
    if (raw.startsWith('!<')) {
      return raw.slice(2, -1);
    }
    const handle = raw.slice(0, raw.indexOf('!', 1) + 1) || '!';
    const prefix = this.handles.get(handle) ?? (handle === '!!' ? yamlTag : handle);
    return prefix + raw.slice(handle.length);
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
