/**
 * What varies from run to run, replaced by stable words, so that a conversation can be compared as text. The order of what is replaced
 * matters: links before the commits and digests that stand in them.
 */

/** Makes a mask for one conversation: deployments are numbered in the order they are first heard of in it. */
export function maskFor(): (text: string) => string {
  const deployments = new Map<string, number>();
  const ordinal = (id: string): number => {
    const known = deployments.get(id) ?? deployments.size + 1;
    deployments.set(id, known);
    return known;
  };
  return (text) =>
    text
      .replaceAll('\u200c', '')
      .replace(/fp:[0-9a-f]+/g, 'fp:<…>')
      .replace(/https:\/\/fairlead\.example\/plans\/[\w-]+/g, '<plan>')
      .replace(/\bdeployment (\d+)\b/g, (_, id: string) => `deployment ${ordinal(id)}`)
      .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?/g, '<time>')
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uid>')
      .replace(/\b[0-9a-f]{40}\b/g, '<commit>')
      .replace(/\b(?=[a-f]*\d)[0-9a-f]{12}\b/g, '<commit>')
      .replace(/`[0-9a-f]{7}`/g, '`<commit>`')
      .replace(/(apply |plan \[`|plan `|plans \[`|\) \[`|Waiting: `)[0-9a-f]{8}`/g, '$1<digest>`')
      .replace(/server v1\.\d+\.\d+/g, 'server <version>')
      .replace(/\d+\.\d s, \d+ requests/g, '<n> s, <n> requests')
      .replace(/ in \d+(?:\.\d)? s /g, ' in <n> s ')
      .replace(/(\w)-[bcdfghjklmnp-tv-z0-9]{6,11}-[bcdfghjklmnp-tv-z0-9]{5}\b/g, '$1-<pod>');
}

/** Without the collapsed parts: what people see before they click. */
export function folded(text: string): string {
  const lines: string[] = [];
  let depth = 0;
  for (const line of text.split('\n')) {
    const opens = /(?<!\\)<details>/.test(line);
    const closes = /(?<!\\)<\/details>/.test(line);
    if (opens && depth === 0) lines.push(`▸ ${/<summary>(.*?)<\/summary>/.exec(line)?.[1] ?? ''}`);
    if (opens) depth += 1;
    else if (depth === 0) lines.push(line);
    if (closes) depth -= 1;
  }
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
