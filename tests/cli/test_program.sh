# The program itself: help for everything, man pages, exit codes of wrong use.
"$MYOSURV" version | has -E '^myosurv [0-9]+\.[0-9]+\.[0-9]+$'
"$MYOSURV" --version | has '^myosurv '
"$MYOSURV" --help >help.txt
commands=$(sed -n 's/^  \([a-z0-9]\+\( [a-z]\+\)\?\)  .*/\1/p' help.txt | sort -u)
for wanted in info segment features phantom km cox cindex train predict selftest version; do
    grep -qx "$wanted" <<<"$commands" || { echo "help does not list $wanted"; exit 1; }
done
while read -r command; do
    # shellcheck disable=SC2086
    "$MYOSURV" $command --help >one.txt
    grep -q '^Example:' one.txt && grep -q 'myosurv ' one.txt || { echo "no example in the help of $command"; exit 1; }
done <<<"$commands"

code=0; "$MYOSURV" 2>err.txt || code=$?; [ "$code" -eq 2 ]
code=0; "$MYOSURV" segmnt 2>err.txt || code=$?; [ "$code" -eq 2 ] && grep -q "did you mean 'segment'" err.txt
code=0; "$MYOSURV" km --tme x 2>err.txt || code=$?; [ "$code" -eq 2 ] && grep -q 'did you mean --time' err.txt
code=0; "$MYOSURV" study nothing 2>err.txt || code=$?; [ "$code" -eq 2 ]
code=0; "$MYOSURV" version --threads x 2>err.txt || code=$?; [ "$code" -eq 2 ]
"$MYOSURV" study --help | has 'study run'

"$MYOSURV" version --man man
[ "$(find man -name '*.1' | wc -l)" -eq $(($(wc -l <<<"$commands") + 1)) ]
lacks 'XXX' man/*

# Completion: what each shell is offered, asked as the shell itself asks.
"$MYOSURV" version --completion bash >completion.bash
offered() { # WORDS...: what bash offers for the last of them
    bash -c 'source ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _myosurv; echo "${COMPREPLY[*]}"' bash "$@"
}
[ "$(offered myosurv stu)" = study ] || fail "bash: myosurv stu"
offered myosurv study '' | has -w 'init' || fail "bash: the second word of study"
! offered myosurv study '' | has completion || fail "bash: a file offered as the second word of study"
[ "$(offered myosurv study run --jo)" = --jobs ] || fail "bash: study run --jo"
[ "$(offered myosurv km completion.b)" = completion.bash ] || fail "bash: a file name"
for shell in zsh fish; do
    "$MYOSURV" version --completion $shell >completion.$shell
    if ! command -v $shell >/dev/null; then
        echo "skipped: $shell is not installed"
        continue
    fi
    $shell -n completion.$shell || fail "$shell cannot read its completion"
done
if command -v fish >/dev/null; then
    fish -c 'source completion.fish; complete -C"myosurv study run --jo"' | has '^--jobs' || fail "fish: study run --jo"
    fish -c 'source completion.fish; complete -C"myosurv study "' | has '^init' || fail "fish: the second word of study"
fi
expect_error 2 ksh "$MYOSURV" version --completion ksh
