/** A YAML syntax error in plain words, with the likeliest cause: tabs, a template, conflict markers, JSON documents in a row. */
import type { YAMLException } from 'js-yaml';
import { YamlProblem } from './yaml-problem.ts';

/** What the parser says, made a problem at its place. The parser's reasons quote tags and anchors, never values. */
export function explainSyntaxError(text: string, error: YAMLException): YamlProblem {
  const offset = Math.min(error.mark?.position ?? 0, text.length);
  if (error.reason.startsWith('nesting exceeded')) {
    return new YamlProblem('yaml-too-deep', offset, error.reason);
  }
  if (error.reason.startsWith('null byte')) {
    return new YamlProblem('file-not-utf8', offset, 'the file contains a NUL byte, so it is not text');
  }
  const markers = /^(?:<{7}|={7}|>{7})(?: .*)?$/m.exec(text);
  if (markers !== null) {
    return new YamlProblem(
      'yaml-malformed',
      markers.index,
      'the file contains the marks of an unresolved merge conflict',
      'Resolve the conflict.',
    );
  }
  const tab = tabNear(text, offset);
  if (tab !== undefined) {
    return new YamlProblem('yaml-tab', tab, 'a tab stands where YAML wants spaces', 'Indent with spaces.');
  }
  return new YamlProblem('yaml-malformed', offset, error.reason, likelyFix(text, offset, error.reason));
}

/** A tab in the indentation of the line of the error or the line before. Flow style (JSON) may be indented by tabs. */
function tabNear(text: string, offset: number): number | undefined {
  if (/^\s*[{[]/.test(text)) {
    return undefined;
  }
  const here = lineStartBefore(text, offset);
  for (const start of [here, lineStartBefore(text, here - 1)]) {
    const indentation = /^[ ]*\t/.exec(text.slice(start, start + 1000));
    if (indentation !== null) {
      return start + indentation[0].length - 1;
    }
  }
  return undefined;
}

function lineStartBefore(text: string, offset: number): number {
  return offset <= 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

function likelyFix(text: string, offset: number, reason: string): string | undefined {
  if (text.includes('{{')) {
    return 'This looks like a Helm template: commit the rendered YAML, or use kustomize.';
  }
  if (reason === 'deficient indentation') {
    return 'Indent the line further than the key that the bracket or quote belongs to.';
  }
  if (/^\s*\{/.test(text) && reason.startsWith('end of the stream')) {
    return 'Put a line --- between two JSON objects.';
  }
  const line = text.slice(lineStartBefore(text, offset), offset + 200).split(/\r?\n/, 1)[0] ?? '';
  if (/[:-] +[@`%&*]/.test(line)) {
    return 'Put a value that begins with @, %, &, * or a backtick in quotes.';
  }
  if (/:[^'"]*: /.test(line) || /: [^'"]*:$/.test(line)) {
    return 'Put a value that contains a colon and a blank in quotes.';
  }
  return reason.includes('indentation') ? 'Line the keys of one mapping up in one column.' : undefined;
}
