/**
 * What a branch demands, from both places GitHub keeps it: rulesets, which anybody may read, and classic protection, which needs admin
 * read. What could not be read is 'unknown', never "nothing".
 */
import type { BranchPolicy, RepositoryRef } from '../../domain/forge.ts';
import type { Bindings, Bound } from './bindings.ts';
import { decode, list } from './decode.ts';
import { faultOf, GitHubFault } from './fault.ts';
import { branch as branchSchema, classicProtection, pullRequestRule, rule, statusChecksRule } from './schema.ts';

interface Demands {
  readonly checks: readonly string[];
  readonly approvals: number;
}
const nothing: Demands = { checks: [], approvals: 0 };
const mostRulePages = 10;

/** Throws GitHubFault when the branch itself cannot be read. */
export async function branchPolicy(
  bindings: Bindings,
  repository: RepositoryRef,
  branch: string,
): Promise<BranchPolicy> {
  const bound = await bindings.bind(repository);
  const parameters = { ...bound.at, branch };
  const { protected: guarded } = await bound.client.one(
    'GET /repos/{owner}/{repo}/branches/{branch}',
    parameters,
    branchSchema,
  );
  const rules = await ruleDemands(bound, branch).catch(forbiddenAsUnknown);
  const classic = guarded ? await classicDemands(bound, branch).catch(forbiddenAsUnknown) : nothing;
  if (rules === 'unknown' || classic === 'unknown') {
    return { protected: guarded || 'unknown', requiredChecks: 'unknown', requiredApprovals: 'unknown' };
  }
  return {
    protected: guarded || rules.any,
    requiredChecks: [...new Set([...rules.checks, ...classic.checks])].sort(),
    requiredApprovals: Math.max(rules.approvals, classic.approvals),
  };
}

async function ruleDemands(bound: Bound, branch: string): Promise<Demands & { any: boolean }> {
  const route = 'GET /repos/{owner}/{repo}/rules/branches/{branch}';
  const checks: string[] = [];
  let approvals = 0;
  let any = false;
  try {
    for await (const { type, parameters } of bound.client.each(
      route,
      { ...bound.at, branch },
      list(rule),
      mostRulePages,
    )) {
      any = true;
      if (type === 'pull_request') {
        approvals = Math.max(approvals, decode(pullRequestRule, parameters).required_approving_review_count);
      }
      if (type === 'required_status_checks') {
        checks.push(...decode(statusChecksRule, parameters).required_status_checks.map(({ context }) => context));
      }
    }
  } catch (error) {
    throw faultOf(error, route);
  }
  return { checks, approvals, any };
}

/** 404 "Branch not protected" is the one answer that means no classic protection; any other 404 is a lack of rights. */
async function classicDemands(bound: Bound, branch: string): Promise<Demands> {
  const route = 'GET /repos/{owner}/{repo}/branches/{branch}/protection';
  try {
    const found = await bound.client.one(route, { ...bound.at, branch }, classicProtection);
    const required = found.required_status_checks;
    return {
      checks: [...(required?.contexts ?? []), ...(required?.checks ?? []).map(({ context }) => context)],
      approvals: found.required_pull_request_reviews?.required_approving_review_count ?? 0,
    };
  } catch (error) {
    if (error instanceof GitHubFault && error.status === 404 && /branch not protected/i.test(error.message)) {
      return nothing;
    }
    throw error;
  }
}

function forbiddenAsUnknown(error: unknown): 'unknown' {
  if (error instanceof GitHubFault && (error.why === 'forbidden' || error.why === 'not-found')) return 'unknown';
  throw error;
}
