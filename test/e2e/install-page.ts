/** docs/install-github.md as a script: its commands and files, taken from the page itself so that it cannot rot. */
import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../docs/install-github.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```(sh|yaml)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  text,
}));

/** The commands of the block that begins with `# step N`. */
export function commandsOf(step: number): string {
  return only('sh', `# step ${step}\n`);
}

/** The example file that begins with this line. */
export function fileOf(firstLine: string): string {
  return only('yaml', `${firstLine}\n`);
}

function only(language: string, beginning: string): string {
  const found = blocks.filter((block) => block.language === language && block.text.startsWith(beginning));
  const [block] = found;
  if (block === undefined || found.length > 1) throw new Error(`${found.length} blocks begin with ${beginning}`);
  return block.text;
}
