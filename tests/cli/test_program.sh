# The program itself: help for everything, man pages, exit codes of wrong use.
"$MYOSURV" version | grep -Eq '^myosurv [0-9]+\.[0-9]+\.[0-9]+$'
"$MYOSURV" --version | grep -q '^myosurv '
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
"$MYOSURV" study --help | grep -q 'study run'

"$MYOSURV" version --man man
[ "$(find man -name '*.1' | wc -l)" -eq $(($(wc -l <<<"$commands") + 1)) ]
! grep -l 'XXX' man/*
bash -n <("$MYOSURV" version --completion bash)
