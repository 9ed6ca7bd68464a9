# What the scripts of this folder share; run-one.sh reads it before each of them.

fail() {
    echo "FAILED: $*" >&2
    exit 1
}
# says TEXT FILE: the file holds this text as it stands
says() { grep -qF -- "$1" "$2" || fail "'$1' is not in $2: $(cat "$2")"; }
# ... | has [-Exw] PATTERN: a line of the input matches. Unlike grep -q it reads all of it, for a command whose reader
# goes away early is killed, and under pipefail that is the test's failure.
has() {
    local text
    text=$(cat)
    grep -q "$@" <<<"$text"
}
# lacks PATTERN FILE...: no line matches (a bare "! grep" is not looked at by set -e)
lacks() { ! grep -E -- "$@" || fail "'$1' is in ${*:2}"; }
# expect_error STATUS PATTERN COMMAND...: ends with this status, prints nothing on standard output, and says the pattern
# in at most two lines on standard error. Leaves both in out.txt and err.txt.
expect_error() {
    local status=$1 pattern=$2 got=0
    shift 2
    "$@" >out.txt 2>err.txt || got=$?
    [ "$got" -eq "$status" ] || fail "$* ended with $got, not $status: $(cat err.txt)"
    [ ! -s out.txt ] || fail "$* wrote to standard output"
    grep -q -- "$pattern" err.txt || fail "$* does not say '$pattern': $(cat err.txt)"
    [ "$(wc -l <err.txt)" -le 2 ] || fail "$* says too much: $(cat err.txt)"
}
# expect STATUS COMMAND...: ends with this status; standard output is left in out, standard error in err
expect() {
    local want=$1 got=0
    shift
    "$@" >out 2>err || got=$?
    [ "$got" = "$want" ] || fail "$* exits $got, not $want: $(cat err)"
}
# whether the program is watched by AddressSanitizer or ThreadSanitizer, beside which not every other tool can work
sanitized() { ldd "$MYOSURV" | has 'lib[at]san'; }
