/** What to type to go on by hand when the story is over. */
import { repository } from './shop.ts';
import type { Stage } from './stage.ts';
import { cloneUrl } from './working-copy.ts';

const you = 'alice';

/** Lines to print; every command can be pasted into another terminal as it stands. */
export function howToUse(stage: Stage): readonly string[] {
  const { github, kubeconfigs, world } = stage;
  const token = github.tokenFor(you);
  const api = `${github.url}/repos/${repository.fullName}`;
  const curl = (path: string, fields: string): string =>
    `  curl -H 'Authorization: Bearer ${token}' ${api}/${path} -d '${fields}'`;
  return [
    `It all keeps running. You are ${you} now, who may write to ${repository.fullName}.`,
    '',
    'Change something and push a branch:',
    `  git clone ${cloneUrl(stage, you)} && cd ${repository.name} && git switch -c mine`,
    '  sed -i s/teal/pink/ deploy/prod/branding.yaml && git commit -am "Pink" && git push origin mine',
    'Open a pull request, read what Fairlead says on it, merge it (put its number for N):',
    curl('pulls', '{"title": "Pink", "head": "mine", "base": "main"}'),
    `  curl -H 'Authorization: Bearer ${token}' ${api}/issues/N/comments`,
    `  curl -X PUT -H 'Authorization: Bearer ${token}' ${api}/pulls/N/merge`,
    'Talk to it:',
    curl('issues/N/comments', '{"body": "/fairlead help"}'),
    'Look at the clusters, or change them by hand and wait for the issue about it:',
    `  kubectl --kubeconfig ${kubeconfigs.prod} -n shop get deployments`,
    `  kubectl --kubeconfig ${kubeconfigs.staging} -n shop edit configmap branding`,
    '',
    `GitHub's API: ${github.url}   Fairlead: ${world.server.url}   its log: ${world.server.logFile}`,
    'Ctrl-C stops everything and removes what it wrote.',
  ];
}
