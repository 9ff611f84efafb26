/**
 * Parser events → JSON values. Done here, and not by the library's own schema, because scalars, keys and merges must mean
 * what they mean to kubectl, and because aliases must be counted by what they stand for.
 */
import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { Json } from '../../domain/json.ts';
import type { ReadLimits } from './limits.ts';
import { addPair, keyText, mergeInto, type MappingBuilder } from './mapping.ts';
import { placeOf, YamlProblem } from './yaml-problem.ts';
import { checkCollectionTag, fullTag, mergeTag, scalarValue } from './yaml-tags.ts';

export interface ComposedDocument {
  readonly value: Json;
  /** 1-based line of the text on which the root node begins. */
  readonly line: number;
}

export type ComposeLimits = Pick<ReadLimits, 'depth' | 'aliases' | 'aliasedNodes'>;

/** A finished node: its value, how many nodes it stands for with aliases followed, and how deep it is. */
interface Built {
  readonly value: Json;
  readonly nodes: number;
  readonly height: number;
}

/** A collection whose end has not come yet. */
interface Frame {
  readonly start: number;
  readonly anchor: string | undefined;
  readonly list: Json[] | undefined;
  readonly mapping: MappingBuilder | undefined;
  key: { readonly text: string; readonly merge: boolean; readonly offset: number } | undefined;
  nodes: number;
  height: number;
}

/** One composition under way. What `%TAG`, anchors and counts say holds for one document. */
interface State {
  readonly text: string;
  readonly limits: ComposeLimits;
  readonly documents: ComposedDocument[];
  readonly frames: Frame[];
  anchors: Map<string, Built | 'open'>;
  handles: ReadonlyMap<string, string>;
  aliases: number;
  aliasedNodes: number;
}

/** Throws YamlProblem with an offset into `text`. */
export function composeEvents(
  events: readonly Event[],
  text: string,
  limits: ComposeLimits,
): readonly ComposedDocument[] {
  const state: State = {
    text,
    limits,
    documents: [],
    frames: [],
    anchors: new Map(),
    handles: new Map(),
    aliases: 0,
    aliasedNodes: 0,
  };
  for (const event of events) {
    take(state, event);
  }
  return state.documents;
}

function take(state: State, event: Event): void {
  switch (event.type) {
    case EVENT_ID.DOCUMENT:
      state.anchors = new Map();
      state.aliases = 0;
      state.aliasedNodes = 0;
      state.handles = new Map(
        event.directives.flatMap((each) => (each.kind === 'tag' ? [[each.handle, each.prefix]] : [])),
      );
      break;
    case EVENT_ID.SCALAR:
      takeScalar(state, event);
      break;
    case EVENT_ID.ALIAS:
      takeAlias(state, event.anchorStart, event.anchorEnd);
      break;
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      open(state, event);
      break;
    case EVENT_ID.POP:
      close(state);
      break;
  }
}

function takeScalar(state: State, event: ScalarEvent): void {
  const offset = event.valueStart < 0 ? Math.max(event.tagStart, event.anchorEnd, 0) : event.valueStart;
  const text = getScalarValue(state.text, event);
  const plain = event.style === SCALAR_STYLE.PLAIN;
  const tag = tagOf(state, event);
  if (event.style === SCALAR_STYLE.DOUBLE_QUOTED && !text.isWellFormed()) {
    throw new YamlProblem(
      'yaml-malformed',
      offset,
      'half of a surrogate pair is not a character',
      'Write the character itself.',
    );
  }
  const value = scalarValue(text, plain, tag, offset);
  const merge = text === '<<' && (tag === undefined ? plain : tag === mergeTag);
  finish(state, { value, nodes: 1, height: 0 }, anchorOf(state, event), offset, merge);
}

function takeAlias(state: State, start: number, end: number): void {
  const name = state.text.slice(start, end);
  const target = state.anchors.get(name);
  if (target === undefined) {
    const fix = 'Put the value in quotes if it should begin with *.';
    throw new YamlProblem('yaml-malformed', start, `nothing above is called &${name}`, fix);
  }
  if (target === 'open') {
    throw new YamlProblem('yaml-alias-limit', start, `&${name} contains itself`);
  }
  state.aliases++;
  countAliased(state, target.nodes, start);
  if (state.frames.length + target.height > state.limits.depth) {
    throw new YamlProblem('yaml-too-deep', start, `more than ${state.limits.depth} levels with aliases followed`);
  }
  finish(state, target, undefined, start, false);
}

function countAliased(state: State, nodes: number, offset: number): void {
  const { aliases, aliasedNodes } = state.limits;
  state.aliasedNodes += nodes;
  if (state.aliases > aliases) {
    throw new YamlProblem('yaml-alias-limit', offset, `more than ${aliases} aliases in one document`);
  }
  if (state.aliasedNodes > aliasedNodes) {
    throw new YamlProblem('yaml-alias-limit', offset, `aliases stand for more than ${aliasedNodes} values`);
  }
}

function open(state: State, event: Extract<Event, { readonly start: number }>): void {
  const isMapping = event.type === EVENT_ID.MAPPING;
  checkCollectionTag(tagOf(state, event), isMapping ? 'map' : 'seq', event.tagStart);
  const anchor = anchorOf(state, event);
  if (anchor !== undefined) {
    state.anchors.set(anchor, 'open');
  }
  state.frames.push({
    start: event.start,
    anchor,
    list: isMapping ? undefined : [],
    mapping: isMapping ? { value: {}, merged: undefined } : undefined,
    key: undefined,
    nodes: 1,
    height: 0,
  });
}

/** The end of a collection, or of a document, whose root has been delivered already. */
function close(state: State): void {
  const frame = state.frames.pop();
  const value = frame?.mapping?.value ?? frame?.list;
  if (frame !== undefined && value !== undefined) {
    finish(state, { value, nodes: frame.nodes, height: frame.height + 1 }, frame.anchor, frame.start, false);
  }
}

/** Puts a finished node where it belongs: a document's root, an item, a key or a key's value. */
function finish(state: State, built: Built, anchor: string | undefined, offset: number, merge: boolean): void {
  if (anchor !== undefined) {
    state.anchors.set(anchor, built);
  }
  const frame = state.frames.at(-1);
  if (frame === undefined) {
    state.documents.push({ value: built.value, line: placeOf(state.text, offset).line });
    return;
  }
  frame.nodes += built.nodes;
  frame.height = Math.max(frame.height, built.height);
  if (frame.list !== undefined) {
    frame.list.push(built.value);
  } else if (frame.mapping !== undefined && frame.key === undefined) {
    frame.key = { text: merge ? '<<' : keyText(built.value, offset), merge, offset };
  } else if (frame.mapping !== undefined && frame.key !== undefined) {
    const { text, merge: isMerge, offset: keyOffset } = frame.key;
    frame.key = undefined;
    if (isMerge) {
      countAliased(state, mergeInto(frame.mapping, built.value, keyOffset), keyOffset);
    } else {
      addPair(frame.mapping, text, built.value, keyOffset);
    }
  }
}

function anchorOf(
  state: State,
  event: { readonly anchorStart: number; readonly anchorEnd: number },
): string | undefined {
  return event.anchorStart < 0 ? undefined : state.text.slice(event.anchorStart, event.anchorEnd);
}

function tagOf(state: State, event: { readonly tagStart: number; readonly tagEnd: number }): string | undefined {
  return event.tagStart < 0 ? undefined : fullTag(state.text.slice(event.tagStart, event.tagEnd), state.handles);
}
