# Steps: a table of named steps with what each needs; runs those that can run at the same time, shows progress.

declare -a STEP_NAMES=()
declare -A STEP_TITLE=() STEP_NEEDS=() STEP_STATE=() STEP_BEGAN=() STEP_OF_PID=()
HEARTBEAT_SECONDS=15
FAILURE_LINES=30

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# step NAME "Title" "names of needed steps": the work is the function step_NAME, its log is LOGS/stack/NAME.log.
step() {
    STEP_NAMES+=("$1")
    STEP_TITLE[$1]=$2 STEP_NEEDS[$1]=$3 STEP_STATE[$1]=waiting
}

step_log() { printf '%s/stack/%s.log' "$LOGS" "$1"; }

say() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }

step_is_ready() {
    local need
    [[ ${STEP_STATE[$1]} == waiting ]] || return 1
    for need in ${STEP_NEEDS[$1]}; do
        [[ ${STEP_STATE[$need]-done} == done ]] || return 1
    done
}

step_start() {
    local name=$1
    # In the background and not in a condition, so that "set -e" stays in force inside the step. It holds the lock
    # of its stack.sh too: when that is killed, the next one waits for the step to end.
    (
        trap - INT TERM HUP
        set -eEuo pipefail
        trap 'printf "failed: %s (line %s of %s)\n" "$BASH_COMMAND" "$LINENO" "${BASH_SOURCE[0]}" >&2' ERR
        "step_$name"
    ) >"$(step_log "$name")" 2>&1 </dev/null &
    STEP_OF_PID[$!]=$name
    STEP_STATE[$name]=running STEP_BEGAN[$name]=$SECONDS
}

step_finish() {
    local name=$1 code=$2 took=$((SECONDS - STEP_BEGAN[$1])) word=done
    STEPS_ENDED=$((STEPS_ENDED + 1))
    if ((code)); then word=FAILED STEP_STATE[$name]=failed; else STEP_STATE[$name]=done; fi
    say "$(printf 'step %2d/%d  %-34s %s (%ds)' "$STEPS_ENDED" "${#STEP_NAMES[@]}" "${STEP_TITLE[$name]}" "$word" "$took")"
}

step_failed_report() {
    local name=$1 log free
    log=$(step_log "$name")
    {
        printf '\n%s failed. The end of %s:\n' "${STEP_TITLE[$name]}" "$log"
        tail -n "$FAILURE_LINES" "$log" | sed 's/^/    /'
        printf 'Full log: %s   logs of the daemons: %s\n' "$log" "$LOGS"
        free=$(df -m --output=avail "$LOGS" | tail -n 1)
        ((free > 500)) || printf 'Only %d MB are free on the disk of %s.\n' "$free" "$LOGS"
    } >&2
}

running_titles() {
    local name list=
    for name in "${STEP_NAMES[@]}"; do
        [[ ${STEP_STATE[$name]} == running ]] && list+="${list:+, }${STEP_TITLE[$name]}"
    done
    printf '%s' "$list"
}

# Kills a process and all its descendants: only ever called with a pid that this script started.
kill_tree() {
    local child
    for child in $(ps -o pid= --ppid "$1"); do kill_tree "$child"; done
    kill -TERM "$1" 2>/dev/null || true
}

steps_interrupted() {
    local pid
    trap '' INT TERM HUP
    for pid in "${!STEP_OF_PID[@]}"; do kill_tree "$pid"; done
    printf '\ninterrupted; run it again to go on, or unstack.sh to clean up\n' >&2
    exit 130
}

# Runs all steps of the table; returns 1 when one failed, after those that were running have ended.
steps_run() {
    local name pid code ticker failed=
    STEPS_ENDED=0
    mkdir -p "$LOGS/stack"
    trap steps_interrupted INT TERM HUP
    sleep "$HEARTBEAT_SECONDS" & ticker=$!
    while true; do
        if [[ -z $failed ]]; then
            for name in "${STEP_NAMES[@]}"; do
                if step_is_ready "$name"; then step_start "$name"; fi
            done
        fi
        ((${#STEP_OF_PID[@]})) || break
        code=0
        wait -n -p pid "${!STEP_OF_PID[@]}" "$ticker" || code=$?
        if [[ $pid == "$ticker" ]]; then
            say "working on: $(running_titles)"
            sleep "$HEARTBEAT_SECONDS" & ticker=$!
            continue
        fi
        name=${STEP_OF_PID[$pid]}
        unset "STEP_OF_PID[$pid]"
        step_finish "$name" "$code"
        if ((code)); then
            step_failed_report "$name"
            [[ -n $failed ]] || ((${#STEP_OF_PID[@]} == 0)) || say "waiting for what still runs: $(running_titles)"
            failed=$name
        fi
    done
    kill "$ticker" 2>/dev/null || true
    trap - INT TERM HUP
    [[ -z $failed ]]
}

# wait_until SECONDS "what" COMMAND...: tries the command until it succeeds; says what it waited for when it never did.
wait_until() {
    local limit=$1 what=$2 end
    shift 2
    end=$((SECONDS + limit))
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS >= end)); then
            printf '%s: not there after %s seconds (%s)\n' "$what" "$limit" "$*" >&2
            return 1
        fi
        sleep 0.1
    done
}
