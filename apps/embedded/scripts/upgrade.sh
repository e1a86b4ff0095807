# Updates the checkout to the newest commit of its branch, or to VERSION, and restarts the stack. MODE is that of make.
# Nothing is restarted before the new version is built and accepts the configuration.

set -eu

fail() { printf '%s\n' "$@" >&2; exit 1; }

git rev-parse --git-dir >/dev/null 2>&1 || fail 'This folder is not a git checkout. Get the new version as you got this one, and run make restart.'
changes=$(git status --porcelain --untracked-files=no)
test -z "$changes" || fail 'These files have changes that an upgrade would mix with the new version:' "$changes" \
  'To keep them aside: git stash. To discard them: git checkout -- . Then run make upgrade again.'

branch=$(git symbolic-ref --quiet --short HEAD || true)
from=$(git rev-parse HEAD)
# a command that brings this version back
back="git checkout ${branch:-$from} && git reset --keep $from"
test -n "$branch" || back="git checkout $from"

if test -n "${VERSION:-}"; then
  git fetch --quiet --tags || fail 'The new version cannot be fetched. Nothing was changed.'
  git -c advice.detachedHead=false checkout --quiet "$VERSION" || fail "There is no version $VERSION. Nothing was changed. Versions: git tag"
else
  test -n "$branch" || fail 'This checkout is at a fixed version. Name the new one, VERSION=…, or a branch: git checkout main'
  git pull --quiet --ff-only || fail 'The new version cannot be fetched, or your commits are not in it. Nothing was changed.'
fi

if test "$(git rev-parse HEAD)" = "$from"; then echo 'This is the newest version.'; exit 0; fi
echo "From $(git describe --tags --always "$from") to $(git describe --tags --always)."
git --no-pager log --oneline --no-decorate -n 20 "$from..HEAD"

make restart MODE="$MODE" && make wait-until-ready MODE="$MODE" || fail '' \
  'The upgrade did not succeed. To see why: make logs' "To go back: $back && make restart"
echo 'The new version is up.'
