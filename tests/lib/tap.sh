# tap.sh -- a test script in POSIX shell:
#
#     . tests/lib/tap.sh
#     try "the name of the test" function arguments...
#     finish
#
# A test passes if its function returns 0; what it printed is shown if it does
# not. A function that prints "SKIP reason" and returns 0 is skipped.

tests_run=0
tests_failed=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/attention-test-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

try() {
    tests_run=$((tests_run + 1))
    name=$1
    shift
    if ("$@") >"$scratch/.said" 2>&1 </dev/null; then
        skipped=$(sed -n 's/^SKIP / # SKIP /p' "$scratch/.said" | head -n 1)
        echo "ok $tests_run - $name$skipped"
    else
        tests_failed=$((tests_failed + 1))
        echo "not ok $tests_run - $name"
        tail -n 40 "$scratch/.said" | sed 's/^/# /'
    fi
}

finish() {
    echo "1..$tests_run"
    exit $((tests_failed > 0))
}

# Complains and fails unless the text that is read holds the pattern.
expect() {
    tee "$scratch/.text" | grep -Eq -e "$1" && return 0
    echo "expected: $1"
    echo "got:"
    cat "$scratch/.text"
    return 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}
