/** What somebody probably meant who named a kind that the cluster does not serve. */
import { apiVersionOf, type ObjectRef, type ResourceType } from '../../domain/kubernetes.ts';
import { nearestName } from '../../domain/nearest-name.ts';

/** A sentence such as `Did you mean apiVersion: networking.k8s.io/v1?`, or undefined where nothing is near. */
export function suggestKind(
  ref: Pick<ObjectRef, 'group' | 'version' | 'kind'>,
  types: readonly ResourceType[],
): string | undefined {
  const sameKind = types.filter((type) => type.kind === ref.kind);
  const elsewhere = sameKind.find((type) => type.group === ref.group) ?? sameKind[0];
  if (elsewhere !== undefined) {
    return `Did you mean apiVersion: ${apiVersionOf(elsewhere)}?`;
  }
  const sameVersion = types.filter((type) => type.group === ref.group && type.version === ref.version);
  const near = nearestName(ref.kind, kindsOf(sameVersion));
  if (near !== undefined) {
    return `Did you mean kind: ${near}?`;
  }
  const far = nearestName(ref.kind, kindsOf(types));
  const type = types.find((each) => each.kind === far);
  return type === undefined ? undefined : `Did you mean apiVersion: ${apiVersionOf(type)} and kind: ${type.kind}?`;
}

function kindsOf(types: readonly ResourceType[]): ReadonlySet<string> {
  return new Set(types.map((type) => type.kind));
}
