/** Names with `*` in them, as bindings and rules use them. Nothing else has a meaning: no regular expressions from outside, and matching takes linear time (H66). */

/** Whether a name is covered by a pattern in which `*` stands for any run of characters, the empty one too. */
export function matchesPattern(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) {
    return name === pattern;
  }
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) {
    return false;
  }
  // Each middle part is taken as far left as possible, which never costs a match.
  const end = name.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) {
      return false;
    }
    at = found + part.length;
  }
  return true;
}

/**
 * Whether a kind is covered by a pattern of a binding. `*` covers everything; `Deployment` covers the kind in the groups of
 * Kubernetes itself (a CRD of the same kind name in another group is another thing); `Certificate.cert-manager.io` and
 * `*.monitoring.coreos.com` name the group.
 */
export function matchesKind(pattern: string, kind: string, group: string): boolean {
  if (pattern === '*') {
    return true;
  }
  const dot = pattern.indexOf('.');
  if (dot < 0) {
    return isBuiltIn(group) && matchesPattern(pattern, kind);
  }
  return matchesPattern(pattern.slice(0, dot), kind) && matchesPattern(pattern.slice(dot + 1), group);
}

/** `*.k8s.io` is reserved for Kubernetes; groups without a dot are older than that rule. */
function isBuiltIn(group: string): boolean {
  return !group.includes('.') || (group.endsWith('.k8s.io') && !group.endsWith('.x-k8s.io'));
}
