#!/bin/bash
# Installs and starts what a tier of tests needs, runs it, stops it again; see --help.
set -euo pipefail
DEVSTACK=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CHECKOUT=$(cd "$DEVSTACK/.." && pwd)
TIERS=(house unit functional integration lab browser)

usage() {
    cat <<'HELP'
usage: test.sh [TIER...]

Tiers, all of them by default:
  house        ruff, mypy, the rooms' walls, and what the house promises of itself
  unit         pure logic, nothing started
  functional   all daemons in one process: in-memory bus, SQLite, fake driver
  integration  real processes with RabbitMQ, MariaDB, PostgreSQL, Keystone, Glance, and the real clients
  lab          real guests, bridges, packet filters and DHCP
  browser      a guest's screen in headless Chromium
  all          every tier

Installs Debian packages and Python environments it lacks, so run it as root. Stopped by Ctrl-C it takes down what it
put up. Environment:
  TESTS=DIR    where environments, clouds, logs and reports of the tests are kept (/opt/nova-tests)
  JOBS=N       unit and functional tests at once (number of processors)
  KEEP=1       leave the clouds of the tests running, to look at
  ARGS="..."   more words for pytest, for instance ARGS="-k delete -x"

Closes with one line "N passed, N failed, N skipped"; exits 1 when something failed. What could not be set up or broke
off counts as failed.
HELP
}

wanted=()
for word; do
    case $word in
        -h | --help) usage; exit 0 ;;
        all) wanted=("${TIERS[@]}") ;;
        house | unit | functional | integration | lab | browser) wanted+=("$word") ;;
        *) echo "test.sh: there is no tier $word" >&2; usage >&2; exit 2 ;;
    esac
done
((${#wanted[@]})) || wanted=("${TIERS[@]}")
[[ $EUID == 0 ]] || { echo "test.sh: must be run as root" >&2; exit 1; }

export TESTS=${TESTS:-/opt/nova-tests}
export VENVS=$TESTS PYTHONDONTWRITEBYTECODE=1
JOBS=${JOBS:-$(nproc)}
REPORTS=$TESTS/reports
OUTCOMES=$REPORTS/outcomes
read -ra MORE <<<"${ARGS:-}"
mkdir -p "$REPORTS"
exec 7>"$TESTS/.lock"
flock -n 7 || { echo "test.sh: another one is at work in $TESTS: wait for it, or choose another TESTS" >&2; exit 1; }
rm -rf "$REPORTS"/*.xml "$REPORTS"/*.log "$REPORTS"/.coverage* "$REPORTS/clouds" "$OUTCOMES"
touch "$OUTCOMES"
say() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }

wants() { [[ " ${wanted[*]} " == *" $1 "* ]]; }

# Children are process groups of their own; a signal is handed on to the one that runs, which takes down what it put
# up, and no other is begun.
set -m
running='' stopped=0
trap 'stopped=1; [[ -z $running ]] || kill -INT "$running" 2>/dev/null || true' INT TERM HUP

# attend COMMAND...: runs it in the checkout and returns its code. Whoever started this script in the background may have
# made it deaf to the signal that is handed on; its child is not.
attend() {
    local code
    ((stopped == 0)) || return 130
    (cd "$CHECKOUT" && exec env --default-signal=INT "$@") </dev/null 7>&- &
    running=$!
    while true; do
        code=0
        wait "$running" || code=$?
        # A signal ends the waiting, not yet the child.
        kill -0 "$running" 2>/dev/null || break
    done
    running=
    return "$code"
}

# outcome passed|failed WHAT: of what is no test of pytest.
outcome() { printf '%s %s\n' "$1" "$2" >>"$OUTCOMES"; }

# Packages and environments come from stack.sh itself: what the tests install is what a user installs.
prepare() {
    local log=$REPORTS/install.log
    say "installing what the tests need (log: $log)"
    if wants integration || wants lab || wants browser; then
        attend env DATA="$TESTS/cloud" "$DEVSTACK/stack.sh" --install-only >"$log" 2>&1 || return 1
    fi
    attend env DATA="$TESTS/cloud" "$DEVSTACK/lib/tests.sh" "${wanted[@]}" >>"$log" 2>&1 || return 1
    export PATH=$TESTS/venv-tests/bin:$TESTS/venv-clients/bin:$PATH
}

# check NAME COMMAND...: one thing of tier "house", reported like a test.
check() {
    local name=$1 log=$REPORTS/house-$1.log
    shift
    if attend "$@" >"$log" 2>&1; then
        say "house: $name passed"
        outcome passed "house: $name"
    else
        say "house: $name FAILED"
        cat "$log"
        outcome failed "house: $name (log: $log)"
    fi
}

# Tests of real processes and guests on a busy machine get a second chance, and the report names those that took it.
AGAIN=(--reruns 1)

# suite NAME JOBS PATH...: a folder of tests with pytest; its outcome is read from the report it writes.
suite() {
    local name=$1 jobs=$2 code=0 report=$REPORTS/$1.xml
    local -a parallel=()
    shift 2
    if ((jobs > 1)); then parallel=(-n "$jobs" --dist loadfile); fi
    say "$name"
    attend env COVERAGE_FILE="$REPORTS/.coverage.$name" pytest -q "${parallel[@]}" "${COVER[@]}" \
        -o cache_dir="$TESTS/pytest-cache" --basetemp="$TESTS/tmp-$name" --junitxml="$report" "${MORE[@]}" "$@" || code=$?
    # 5 is pytest's word for "no test was found": with ARGS="-k ..." that may be so in some tiers.
    if ((code == 0 || stopped)) || [[ $code == 5 && -n ${ARGS:-} ]]; then return 0; fi
    grep -qE '(failures|errors)="[1-9]' "$report" 2>/dev/null || outcome failed "$name: pytest ended with code $code"
}

run_tier() {
    COVER=()
    case $1 in
        house)
            check ruff ruff check --no-cache nova tests migrations devstack bin/*
            check format ruff format --no-cache --check nova tests migrations devstack bin/*
            check shell shellcheck -s bash -S warning -e SC1010,SC2034,SC2120 .ci/run devstack/openrc devstack/*.sh \
                devstack/lib/*.sh devstack/lib/libvirt-mounts
            check mypy mypy --cache-dir "$TESTS/mypy-cache"
            check walls lint-imports --config setup.cfg --no-cache
            suite house 1 tests/house
            ;;
        unit)
            COVER=(--cov=nova --cov-report=)
            suite unit "$JOBS" tests/unit
            ;;
        functional)
            COVER=(--cov=nova --cov-report=)
            suite functional "$JOBS" tests/functional -m "not lab and not integration"
            ;;
        integration)
            suite integration 1 "${AGAIN[@]}" tests/integration
            ;;
        lab)
            suite lab-drivers 1 "${AGAIN[@]}" tests/functional/test_drivers.py -m lab
            # In one process, so that both use one cloud.
            if wants browser; then
                suite lab-browser 1 "${AGAIN[@]}" tests/lab tests/browser
            else
                suite lab 1 "${AGAIN[@]}" tests/lab
            fi
            ;;
        browser)
            wants lab || suite browser 1 "${AGAIN[@]}" tests/browser
            ;;
    esac
}

# The floor only rises; it is judged when both tiers that measure it have run whole.
judge_coverage() {
    wants unit && wants functional && [[ -z ${ARGS:-} && $stopped == 0 ]] || return 0
    check coverage env COVERAGE_FILE="$REPORTS/.coverage" bash -c \
        'coverage combine -q --keep "$1/.coverage.unit" "$1/.coverage.functional" >/dev/null &&
            coverage report --skip-covered --format=total --fail-under="$(<tests/coverage-floor)"' - "$REPORTS"
    say "lines covered by unit and functional tests: $(tail -n 1 "$REPORTS/house-coverage.log") %"
}

if prepare; then
    for tier in "${wanted[@]}"; do
        ((stopped)) || run_tier "$tier"
    done
    judge_coverage
elif ((stopped == 0)); then
    tail -n 40 "$REPORTS/install.log"
    outcome failed "installing what the tests need (log: $REPORTS/install.log)"
fi
if ((stopped)); then outcome failed "stopped by a signal before the end"; fi

shopt -s nullglob
# Where not even Python could be installed, nothing was run.
command -v python python3 >/dev/null || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
"$(command -v python || command -v python3)" "$DEVSTACK/lib/tally.py" "$OUTCOMES" "$REPORTS"/*.xml
