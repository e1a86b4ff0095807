# Creates the secret that the chart refers to, unless it is there: random passwords of the roles of PostgreSQL and of Redis, and a random API_ADMIN_KEY.
# DATABASE_ADMIN_URL of the environment, the URL of PostgreSQL's superuser, goes into it too. Only shell built-ins and standard input see the values, so no
# process list shows them.
#
# usage: secret.sh NAMESPACE NAME

set -eu
umask 077
namespace=$1 name=$2

kubectl get namespace "$namespace" >/dev/null 2>&1 || kubectl create namespace "$namespace"
# restricted pods alone; an administrator's own labels stay
kubectl label namespace "$namespace" pod-security.kubernetes.io/enforce=restricted >/dev/null 2>&1 || true
if kubectl --namespace "$namespace" get secret "$name" >/dev/null 2>&1; then exit 0; fi

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
{
  for role in API LOADER EXTRACTOR AGGREGATOR READER; do printf 'POSTGRES_%s_PASSWORD=%s\n' "$role" "$(random 24)"; done
  printf 'REDIS_PASSWORD=%s\n' "$(random 24)"
  printf 'API_ADMIN_KEY=mq_%s\n' "$(random 32)"
  if [ -n "${DATABASE_ADMIN_URL:-}" ]; then printf 'DATABASE_ADMIN_URL=%s\n' "$DATABASE_ADMIN_URL"; fi
} | kubectl --namespace "$namespace" create secret generic "$name" --from-env-file=/dev/stdin
echo "The admin's key: kubectl --namespace $namespace get secret $name --output 'go-template={{.data.API_ADMIN_KEY | base64decode}}'"
