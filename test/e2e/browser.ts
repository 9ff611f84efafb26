/** As much of a browser as the manifest flow needs: reads a page's form, sends it, follows the way back. */

export interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

export function formOf(html: string): Form {
  const action = /<form action="([^"]*)" method="post">/.exec(html)?.[1];
  if (action === undefined) throw new Error(`no form in ${html}`);
  const fields = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(
    ([, name = '', value = '']) => [name, unescaped(value)] as const,
  );
  return { action: unescaped(action), fields: Object.fromEntries(fields) };
}

/** Where the answer to the form sends the browser. */
export async function submit(form: Form): Promise<string> {
  const response = await fetch(form.action, {
    method: 'POST',
    body: new URLSearchParams(form.fields),
    redirect: 'manual',
  });
  const location = response.headers.get('location');
  if (location === null) throw new Error(`${form.action} answered ${response.status}: ${await response.text()}`);
  return location;
}

function unescaped(text: string): string {
  const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (entity, name: string) => characters[name] ?? entity);
}
