# Puts a random POSTGRES_PASSWORD and a random API_ADMIN_KEY into .env where it has none, and makes .env from .env.example where there is no such file.
# Everything else in it stays. The secrets are handled by the shell alone: no process list shows them.

set -eu
umask 077

is_set() { grep -Eq "^$1=[\"']*[^\"' ]" .env 2>/dev/null; }
if is_set POSTGRES_PASSWORD && is_set API_ADMIN_KEY; then exit 0; fi

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
new=
if ! is_set POSTGRES_PASSWORD; then new="$new POSTGRES_PASSWORD"; POSTGRES_PASSWORD=$(random); fi
if ! is_set API_ADMIN_KEY; then new="$new API_ADMIN_KEY"; API_ADMIN_KEY=mq_$(random); fi

if test -f .env; then
  from=.env
  said="Put into .env:$new."
else
  from=.env.example
  said="Made .env from .env.example, with a new$new."
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
echo "$said"
