/** The three pages of the manifest flow. They hold no secret. */
import type { JsonObject } from '../../domain/json.ts';

/** A form that posts the manifest to GitHub, where the person sees and confirms everything it asks for. */
export function startPage(action: string, manifest: JsonObject, nonce: string): string {
  return page(
    nonce,
    `<p>GitHub will show what the App may do, and lets you give it another name. Nothing is made before you confirm there.</p>
<form action="${escaped(action)}" method="post">
<input type="hidden" name="manifest" value="${escaped(JSON.stringify(manifest))}">
<button type="submit">Register the GitHub App</button>
</form>`,
  );
}

export function donePage(installUrl: string, nonce: string): string {
  return page(
    nonce,
    `<p>The App is registered and its secrets are saved.</p>
<p><a href="${escaped(installUrl)}">Install it on your repositories</a>, then go on in the terminal.</p>`,
  );
}

export function failedPage(why: string, nonce: string): string {
  return page(nonce, `<p>${escaped(why)}</p>`);
}

function page(nonce: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Fairlead: GitHub App</title>
<style nonce="${nonce}">body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:4em auto;padding:0 1em}button{font:inherit;padding:.5em 1em}</style>
<h1>Fairlead</h1>
${body}
</html>
`;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
