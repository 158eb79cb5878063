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

Installs Debian packages and Python environments it lacks, so run it as root. Environment:
  TESTS=DIR    where environments, clouds, logs and reports of the tests are kept (/opt/nova-tests)
  JOBS=N       unit and functional tests at once (number of processors)
  KEEP=1       leave the clouds of the tests running, to look at
  ARGS="..."   more words for pytest, for instance ARGS="-k delete -x"

Closes with one line "N passed, N failed, N skipped"; exits 1 when something failed.
HELP
}

wanted=()
for word; do
    case $word in
        -h | --help) usage; exit 0 ;;
        all) wanted=("${TIERS[@]}") ;;
        house | unit | functional | integration | lab | browser) wanted+=("$word") ;;
        *) usage >&2; exit 2 ;;
    esac
done
((${#wanted[@]})) || wanted=("${TIERS[@]}")
[[ $EUID == 0 ]] || { echo "test.sh: must be run as root" >&2; exit 1; }

export TESTS=${TESTS:-/opt/nova-tests}
export VENVS=$TESTS PYTHONDONTWRITEBYTECODE=1
JOBS=${JOBS:-$(nproc)}
REPORTS=$TESTS/reports
PYTEST=$TESTS/venv-tests/bin/pytest
read -ra MORE <<<"${ARGS:-}"
mkdir -p "$REPORTS"
rm -f "$REPORTS"/*.xml "$REPORTS"/.coverage*
say() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }

# Packages and environments come from stack.sh itself: what the tests install is what a user installs.
prepare() {
    say "installing what the tests need (log: $REPORTS/install.log)"
    env DATA="$TESTS/cloud" "$DEVSTACK/stack.sh" --install-only >"$REPORTS/install.log" 2>&1 ||
        { tail -n 40 "$REPORTS/install.log"; echo "test.sh: installing failed" >&2; exit 1; }
    env DATA="$TESTS/cloud" "$DEVSTACK/lib/tests.sh" "${wanted[@]}" >>"$REPORTS/install.log" 2>&1 ||
        { tail -n 40 "$REPORTS/install.log"; echo "test.sh: installing the tests' tools failed" >&2; exit 1; }
    export PATH=$TESTS/venv-tests/bin:$TESTS/venv-clients/bin:$PATH
}

# run NAME COMMAND...: one thing of tier "house", reported like a test.
check() {
    local name=$1 log=$REPORTS/house-$1.log
    shift
    if (cd "$CHECKOUT" && "$@") >"$log" 2>&1; then
        say "house: $name passed"
        house_passed=$((house_passed + 1))
    else
        say "house: $name FAILED"
        cat "$log"
        house_failed=$((house_failed + 1))
    fi
}

# Tests of real processes and guests on a busy machine get a second chance, and the report names those that took it.
AGAIN=(--reruns 1)

# suite NAME JOBS PATH...: a folder of tests with pytest; its outcome is read from the report it writes.
suite() {
    local name=$1 jobs=$2
    local -a parallel=()
    shift 2
    if ((jobs > 1)); then parallel=(-n "$jobs" --dist loadfile); fi
    say "$name"
    (cd "$CHECKOUT" && COVERAGE_FILE=$REPORTS/.coverage.$name "$PYTEST" -q "${parallel[@]}" "${COVER[@]}" \
        -o cache_dir="$TESTS/pytest-cache" --basetemp="$TESTS/tmp-$name" --junitxml="$REPORTS/$name.xml" \
        "${MORE[@]}" "$@") || code=$?
    # 5 is pytest's word for "no test was found": with ARGS="-k ..." that may be so in some tiers.
    if ((${code:-0} != 0 && ${code:-0} != 5)); then broken=1; fi
    code=0
}

COVER=()
house_passed=0 house_failed=0 broken=0 code=0
prepare
for tier in "${wanted[@]}"; do
    case $tier in
        house)
            check ruff ruff check nova tests migrations
            check format ruff format --check nova tests migrations
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
        lab)
            COVER=()
            suite lab-drivers 1 "${AGAIN[@]}" tests/functional/test_drivers.py -m lab
            # In one process, so that both use one cloud.
            if [[ " ${wanted[*]} " == *" browser "* ]]; then
                suite lab-browser 1 "${AGAIN[@]}" tests/lab tests/browser
            else
                suite lab 1 "${AGAIN[@]}" tests/lab
            fi
            ;;
        browser)
            COVER=()
            [[ " ${wanted[*]} " == *" lab "* ]] || suite browser 1 "${AGAIN[@]}" tests/browser
            ;;
        *)
            COVER=()
            suite "$tier" 1 "${AGAIN[@]}" "tests/$tier"
            ;;
    esac
done

# The floor only rises; it is judged when both tiers that measure it have run.
if [[ " ${wanted[*]} " == *" unit "* && " ${wanted[*]} " == *" functional "* && -z ${ARGS:-} ]]; then
    (cd "$REPORTS" && coverage combine -q --keep .coverage.unit .coverage.functional >/dev/null)
    check coverage env COVERAGE_FILE="$REPORTS/.coverage" coverage report --skip-covered --format=total \
        --fail-under="$(<"$CHECKOUT/tests/coverage-floor")"
    cat "$REPORTS/house-coverage.log"
fi

python "$DEVSTACK/lib/tally.py" "$house_passed" "$house_failed" "$broken" "$REPORTS"/*.xml
