# shellcheck shell=bash disable=SC2154
# Runs the test programs for ./dev test, which sources this file. Each program is cut into shards,
# one a core; a result is read from the XML report that GoogleTest writes, so what a test prints
# cannot disturb the count.

passed=0 failed=0 skipped=0
declare -A shard_of=() # process -> "program index"
skips=build/test/skips

# One line a test: ok|failed|skipped, its name, and the reason of a skip.
results_of() {
    awk -v RS='<' '
        function attribute(text, name,   at) {
            at = index(text, " " name "=\"")
            if (!at) return ""
            text = substr(text, at + length(name) + 3)
            return substr(text, 1, index(text, "\"") - 1)
        }
        function flush() { if (test != "") print state "\t" test "\t" reason; test = "" }
        /^testcase / {
            flush()
            if ($0 ~ / status="notrun"/) next
            test = attribute($0, "classname") "." attribute($0, "name")
            state = "ok"; reason = ""
        }
        /^failure / { state = "failed" }
        /^skipped / {
            if (state == "ok") state = "skipped"
            reason = attribute($0, "message")
            sub(/^[^ ]*:[0-9]+&#x0A;/, "", reason); gsub(/&#x0A;/, " ", reason)
            gsub(/&quot;/, "\"", reason); gsub(/&apos;/, "\047", reason)
            gsub(/&lt;/, "<", reason); gsub(/&gt;/, ">", reason); gsub(/&amp;/, "\\&", reason)
        }
        END { flush() }' "$1"
}

# What the failed tests of a shard printed; of a program that died, the test that was running.
show_failures() {
    awk '/^\[ RUN      \]/ { text = "" }
        { text = text $0 "\n" }
        /^\[  FAILED  \] .*\([0-9]+ ms\)$/ { printf "%s", text }
        /^\[       OK \]|^\[  SKIPPED \]|^\[  FAILED  \]|^\[----------\]/ { text = "" }
        END { if (died) printf "%s", text }' died="$2" "$1" | tail -n 300
}

# shard_ended PID STATUS
shard_ended() {
    local program shard report state name reason counted=0 ok=0
    read -r program shard <<<"${shard_of[$1]}"
    unset "shard_of[$1]"
    report=build/test/$preset.$program.$shard
    if [[ -s $report.xml ]]; then
        while IFS=$'\t' read -r state name reason; do
            case $state in
            ok) ok=$((ok + 1)) ;;
            failed) failed=$((failed + 1)) counted=$((counted + 1)) ;;
            skipped) skipped=$((skipped + 1)) && echo "skipped $name: $reason" >>$skips ;;
            esac
        done < <(results_of "$report.xml")
    fi
    passed=$((passed + ok))
    if ((ok + counted)); then
        echo "$preset $program $shard/$cores: $ok passed, $counted failed"
    fi
    if (($2 != 0 && counted == 0)); then
        # No report, or one that blames no test: the program itself died or ran out of time.
        failed=$((failed + 1))
        echo "$program ended with status $2$( (($2 == 124 || $2 == 137)) && echo ', it took too long'):"
    fi
    if (($2 != 0)); then show_failures "$report.out" $((counted == 0)); fi
}

# start_shard PATH INDEX FILTER
start_shard() {
    local program=${1##*/}
    local report=build/test/$preset.$program.$2
    rm -f "$report.xml"
    # Background processes of a script ignore SIGINT; tests want to begin as on a terminal.
    GTEST_TOTAL_SHARDS=$cores GTEST_SHARD_INDEX=$(($2 - 1)) env --default-signal \
        timeout -k 10 "$limit" "$1" --gtest_output="xml:$PWD/$report.xml" --gtest_filter="$3" \
        </dev/null >"$report.out" 2>&1 &
    shard_of[$!]="$program $2"
}

# Takes in at least one shard that has ended. Not by `wait -n -p`, which loses a process that died of
# a signal; `wait PID` still knows its status.
wait_for_one() {
    local pid status ended=0
    while ((!ended)); do
        for pid in "${!shard_of[@]}"; do
            if kill -0 "$pid" 2>/dev/null; then continue; fi
            status=0
            wait "$pid" || status=$?
            shard_ended "$pid" "$status"
            ended=1
        done
        if ((!ended)); then wait -n || true; fi
    done
}

# run_programs PRESET NAME: every test program of a build.
run_programs() {
    local preset=$1 path filter index
    for path in build/"$preset"/tests/*_tests; do
        filter=${2:+*$2*}
        if [[ ${path##*/} == "$2" ]]; then filter=""; fi
        for ((index = 1; index <= cores; index++)); do
            if ((${#shard_of[@]} >= cores)); then wait_for_one; fi
            start_shard "$path" "$index" "${filter:-*}"
        done
    done
    while ((${#shard_of[@]})); do wait_for_one; done
}

# check NAME COMMAND…: a command that counts as one test.
check() {
    local name=$1
    shift
    if ("$@") >"build/test/$name.out" 2>&1; then
        passed=$((passed + 1))
        echo "$name: passed"
    else
        failed=$((failed + 1))
        cat "build/test/$name.out"
        echo "$name: failed"
    fi
}

run_tests() {
    local all=0 name="" argument limit=600
    for argument; do
        if [[ $argument == --all ]]; then all=1; else name=$argument; fi
    done
    trap 'kill "${!shard_of[@]}" 2>/dev/null || true; wait' EXIT
    trap 'exit 130' INT TERM HUP
    mkdir -p build/test
    : >$skips
    build debug
    if ((all)); then
        limit=1500
        export RESPAWND_ALL=1
        export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
        export UBSAN_OPTIONS=print_stacktrace=1
        build sanitize
    fi
    run_programs debug "$name"
    if ((all)); then
        run_programs sanitize "$name"
        if [[ -z $name ]]; then
            check format format --check
            check lint lint
        fi
    fi
    sort -u $skips
    if ((all && skipped)); then
        echo "With --all each of these $skipped skipped tests is a failure."
        failed=$((failed + skipped)) skipped=0
    fi
    if ((passed + failed + skipped == 0)); then fail "no test has \"$name\" in its name"; fi
    echo "$passed passed, $failed failed, $skipped skipped"
    ((failed == 0))
}
