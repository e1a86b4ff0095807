# Installs or upgrades an environment, checks it, and goes back to the revision before if either fails.
#
# usage: deploy.sh, with RELEASE, NAMESPACE and URL in the environment, and what make k8s reads

set -eu

# in a workflow, the cluster comes as a secret
if [ -n "${KUBECONFIG_CONTENT:-}" ]; then
  KUBECONFIG=$(mktemp)
  trap 'rm -f "$KUBECONFIG"' EXIT
  (umask 077 && printf '%s\n' "$KUBECONFIG_CONTENT" >"$KUBECONFIG")
  export KUBECONFIG
  unset KUBECONFIG_CONTENT
fi

# the revision that serves now; none before the first installation
before=$(helm --namespace "$NAMESPACE" history "$RELEASE" --max 20 2>/dev/null | awk '$0 ~ /[ \t]deployed[ \t]/ { revision = $1 } END { print revision }')
if make k8s && sh deploy/smoke.sh "$URL"; then exit 0; fi
if [ -z "$before" ]; then
  echo 'The first installation failed: there is none to go back to. It stays for a look at it.' >&2
  exit 1
fi
echo "Going back to revision $before …" >&2
helm --namespace "$NAMESPACE" rollback "$RELEASE" "$before" --wait --timeout 15m
sh deploy/smoke.sh "$URL"
echo "The new version failed; revision $before serves again." >&2
exit 1
