# Checks that an installation serves what people come for: it is ready, has published data, and answers for a film, by its API and as a page of the site.
# MARQUEE_KEY of the environment is a reader's key, where reading needs one.
#
# usage: smoke.sh URL

set -eu
url=${1%/}

# the key comes by standard input, so no process list shows it
ask() {
  path=$1
  shift
  { if [ -n "${MARQUEE_KEY:-}" ]; then printf 'header = "Authorization: Bearer %s"\n' "$MARQUEE_KEY"; fi; } |
    curl --silent --show-error --fail --max-time 20 --retry 5 --retry-all-errors --config - "$@" "$url$path" || {
    echo "GET $url$path failed." >&2
    exit 1
  }
}

ask /health/ready >/dev/null
ask /published | grep '"snapshotId":"' >/dev/null || { echo "$url has no published data: start an update." >&2; exit 1; }
title=$(ask '/titles?titleType=movie&sort=votes&limit=1' | sed -n 's/.*"tconst":"\(tt[0-9]*\)".*/\1/p')
test -n "$title" || { echo "$url lists no film." >&2; exit 1; }
ask "/titles/$title" | grep '"primaryTitle":"' >/dev/null || { echo "$url has no answer for $title." >&2; exit 1; }
ask "/title/$title" --header 'Accept: text/html' | grep '<title>' >/dev/null || { echo "$url has no page for $title." >&2; exit 1; }
echo "$url is ready, and has $title."
