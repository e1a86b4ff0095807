# Puts a random POSTGRES_PASSWORD into .env where it has none, and makes .env from .env.example where there is no such file. Everything else in it stays.
# The password is handled by the shell alone: no process list shows it.

set -eu
umask 077

if grep -Eq "^POSTGRES_PASSWORD=[\"']*[^\"' ]" .env 2>/dev/null; then exit 0; fi

password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
if test -f .env; then
  from=.env
  said='Put a new password for the database into .env.'
else
  from=.env.example
  said='Made .env from .env.example, with a new password for the database.'
fi

is_in=no
while IFS= read -r line || test -n "$line"; do
  case $line in POSTGRES_PASSWORD=*)
    line="POSTGRES_PASSWORD=$password"
    is_in=yes
    ;;
  esac
  printf '%s\n' "$line"
done <"$from" >.env.new
if test $is_in = no; then printf 'POSTGRES_PASSWORD=%s\n' "$password" >>.env.new; fi
mv .env.new .env
echo "$said"
