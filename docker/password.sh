# Writes random passwords of PostgreSQL's roles and of Redis, and a random API_ADMIN_KEY, into .env unless they are set. Creates .env from .env.example if it does not
# exist.
# A new POSTGRES_PASSWORD comes with a new COMPOSE_PROJECT_NAME, the folder's name and six random digits, so that folders of the same name share no containers and
# no volumes. If there is already a password, or a volume, there is data under the folder's own name, which stays. Nothing else in .env changes. Only shell
# built-ins see the secrets, so no process list shows them.

set -eu
umask 077

is_set() { grep -Eq "^$1=[\"']*[^\"' ]" .env 2>/dev/null; }
others='POSTGRES_API_PASSWORD POSTGRES_LOADER_PASSWORD POSTGRES_EXTRACTOR_PASSWORD POSTGRES_AGGREGATOR_PASSWORD POSTGRES_READER_PASSWORD REDIS_PASSWORD'
complete=yes
for name in POSTGRES_PASSWORD API_ADMIN_KEY $others; do is_set "$name" || complete=; done
if test -n "$complete"; then exit 0; fi

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
# the project name that compose derives from the folder's name
folder() { basename "$(pwd)" | tr A-Z a-z | tr -cd a-z0-9_- | sed 's/^[_-]*//'; }
new=
if ! is_set POSTGRES_PASSWORD; then
  new="$new POSTGRES_PASSWORD"
  POSTGRES_PASSWORD=$(random 24)
  if ! is_set COMPOSE_PROJECT_NAME && test -z "${COMPOSE_PROJECT_NAME:-}" && ! docker volume inspect "$(folder)_postgres" >/dev/null 2>&1; then
    new="$new COMPOSE_PROJECT_NAME"
    COMPOSE_PROJECT_NAME=$(folder)
    COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-marquee}-$(random 3)
  fi
fi
for name in $others; do
  if ! is_set "$name"; then new="$new $name"; eval "$name=$(random 24)"; fi
done
if ! is_set API_ADMIN_KEY; then new="$new API_ADMIN_KEY"; API_ADMIN_KEY=mq_$(random 24); fi

if test -f .env; then
  from=.env
  message="Added to .env:$new."
else
  from=.env.example
  message="Created .env from .env.example, with a new$new."
fi

missing=$new
while IFS= read -r line || test -n "$line"; do
  for name in $new; do
    case $line in "$name="*)
      eval "line=$name=\$$name"
      missing=$(printf '%s' "$missing" | sed "s/ $name//")
      ;;
    esac
  done
  printf '%s\n' "$line"
done <"$from" >.env.new
for name in $missing; do eval "printf '%s=%s\n' $name \"\$$name\"" >>.env.new; done
mv .env.new .env
echo "$message"
