/** The page of a stored plan: plain HTML made on the server, no script, no form, everything foreign escaped. */
import type { EnvironmentPlan, PlannedChange, ShownPlan } from '../domain/plan.ts';
import { shownDigestLength } from '../domain/plan.ts';
import { displayName } from '../domain/kubernetes.ts';

/** `nonce` allows the one style element and nothing else. */
export function planPage(shown: ShownPlan, nonce: string): string {
  const { plan, pullRequest } = shown;
  const title = `Plan ${plan.planDigest.slice(0, shownDigestLength)} for ${plan.environment.name}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${escape(title)}</title><style nonce="${escape(nonce)}">${style}</style></head><body>
<h1>${escape(plan.environment.name)}</h1>
<p>${escape(plan.environment.cluster)}, namespace <code>${escape(plan.environment.namespace)}</code> ·
${escape(pullRequest.repository.fullName)} #${pullRequest.number} · observed ${escape(plan.observedAt)} ·
server ${escape(plan.serverVersion)}</p>
<p>${escape(countsOf(plan))}</p>
${section(
  'This plan is not complete',
  plan.incomplete.map(({ reason, detail }) => `${reason}: ${detail}`),
)}
${section(
  'Needs a person',
  plan.dangers.map(({ code, detail }) => `${code}: ${detail}`),
)}
${section(
  'Findings',
  plan.findings.map(
    (found) =>
      `${found.severity} ${found.code} ${found.file ?? ''}${found.line === undefined ? '' : `:${found.line}`} ${found.detail}`,
  ),
)}
${plan.changes.map(changeOf).join('\n')}
${plan.unchanged.length === 0 ? '' : `<details><summary>${plan.unchanged.length} unchanged</summary><ul>${items(plan.unchanged)}</ul></details>`}
${section(
  'Left out of the comparison',
  plan.ignored.map(({ what, count }) => `${what}: ${count}`),
)}
<footer>head <code>${escape(plan.basis.head)}</code> · base <code>${escape(plan.basis.base)}</code> ·
plan <code>${escape(plan.planDigest)}</code> · ${plan.cost.milliseconds} ms, ${plan.cost.requests} requests</footer>
</body></html>`;
}

function changeOf(change: PlannedChange): string {
  const where =
    change.source === undefined ? '' : ` — <code>${escape(`${change.source.file}:${change.source.line}`)}</code>`;
  const fields = change.fields.map(
    ({ path, before, after, origin }) =>
      `<li><code>${escape(path)}</code>: <code>${escape(before ?? '(absent)')}</code> → <code>${escape(after ?? '(absent)')}</code>${origin === 'drift' ? ' (was already different)' : ''}</li>`,
  );
  const diff = change.diff === '' ? '' : `<pre>${escape(change.diff)}</pre>`;
  const declared = change.basis === 'declared-only' ? ' <em>declared only: the server could not be asked yet</em>' : '';
  return `<section><h2>${escape(change.action)} · ${escape(displayName(change.ref))}</h2><p>${escape(change.ref.group)}/${escape(change.ref.version)}${where}${declared}</p>
<ul>${fields.join('')}</ul>${section('Warnings of the server', change.warnings)}${diff}</section>`;
}

function countsOf(plan: EnvironmentPlan): string {
  const counts = new Map<string, number>();
  for (const { action } of plan.changes) counts.set(action, (counts.get(action) ?? 0) + 1);
  const parts = [...counts].map(([action, count]) => `${count} ${action}`);
  return [...parts, `${plan.unchanged.length} unchanged`].join(', ');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `<h3>${escape(title)}</h3><ul>${items(lines)}</ul>`;
}

function items(lines: readonly string[]): string {
  return lines.map((line) => `<li>${escape(line)}</li>`).join('');
}

/** For text and quoted attributes. Control characters other than newline and tab are shown as U+FFFD. */
function escape(text: string): string {
  return text
    .replace(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2024;background:#fff}
code,pre{font:13px/1.45 ui-monospace,monospace}pre{background:#f4f5f7;padding:.75rem;overflow-x:auto}section{border-top:1px solid #d8dbe0}
h2{font-size:1rem}h3{font-size:.95rem}footer{border-top:1px solid #d8dbe0;margin-top:2rem;color:#5a6270}
@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#16181b}pre{background:#22252a}}`;
