#!/bin/sh
# Writes a kubeconfig for one of Fairlead's accounts, by its token Secret, with the cluster of the current kubectl context:
#
#   deploy/kubeconfig.sh fairlead prod.kubeconfig
#   deploy/kubeconfig.sh fairlead-plan prod-plan.kubeconfig
#
set -eu
umask 077
account="${1:?say which account: fairlead or fairlead-plan}"
file="${2:?say which file to write}"

secret() {
  kubectl --namespace fairlead get secret "$account-token" --output "jsonpath={.data.$1}"
}

# The cluster fills the Secret in a moment after it was made.
tries=0
until [ -n "$(secret token)" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 20 ]; then
    echo "The Secret fairlead/$account-token has no token: apply deploy/cluster-accounts.yaml, and try again." >&2
    exit 1
  fi
  sleep 0.5
done

rm -f "$file"
cat > "$file" <<CONFIG
apiVersion: v1
kind: Config
clusters:
  - name: cluster
    cluster:
      server: $(kubectl config view --minify --output 'jsonpath={.clusters[0].cluster.server}')
      certificate-authority-data: $(secret 'ca\.crt')
users:
  - name: $account
    user:
      token: $(secret token | base64 -d)
contexts:
  - name: cluster
    context: {cluster: cluster, user: $account}
current-context: cluster
CONFIG
