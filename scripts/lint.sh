#!/usr/bin/env bash
# The rules that a compiler does not check: layout, clang-tidy, calls that are banned, where C++ may be, what a room
# may include, how long a file may get. Needs build/dev/compile_commands.json (scripts/build.sh dev).
# Usage: scripts/lint.sh [--no-tidy] [FILE.c ...]   (the files are for clang-tidy; all of src/ without them)
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
bad() {
    printf 'lint: %s\n' "$1" >&2
    failed=1
}

tidy=true
if [ "${1-}" = --no-tidy ]; then
    tidy=false
    shift
fi

mapfile -t ours < <(find src include tests \( -name '*.c' -o -name '*.h' -o -name '*.cpp' \) | sort)
mapfile -t library < <(find src include \( -name '*.c' -o -name '*.h' -o -name '*.cpp' \) | sort)

# 1. Layout.
clang-format --dry-run -Werror "${ours[@]}" || bad "clang-format -i puts these files right"

# 2. Calls that overflow, split, or start a shell; and printing or ending the program from the library.
calls='\b(sprintf|vsprintf|strcpy|strcat|stpcpy|atoi|atol|atoll|atof|strtok|strtok_r|gets|system|popen|alloca)[[:space:]]*\('
grep -nE "$calls" "${ours[@]}" && bad "banned calls: use ms_text_format, ms_buffer, ms_parse_number, ms_child_run"
mapfile -t rooms < <(printf '%s\n' "${library[@]}" | grep -v '^src/cli/')
grep -nE '(^|[^_[:alnum:]])(exit|abort|printf|puts|putchar|perror)[[:space:]]*\(' "${rooms[@]}" |
    grep -vE ':[[:space:]]*\*|/\*.*\b(exit|abort|printf|puts)[[:space:]]*\(' &&
    bad "the library does not print, exit or abort"
grep -nE '\b(TODO|FIXME|XXX)\b' "${ours[@]}" && bad "finish it, or write an issue"

# 3. C++ lives in shims only.
find src include tests \( -name '*.cpp' -o -name '*.cc' -o -name '*.cxx' -o -name '*.hpp' \) ! -name '*_shim.cpp' |
    grep . && bad "C++ outside *_shim.cpp"

# 4. The house: what each room may include (docs/dev has the picture).
check_room() { # ROOM ALLOWED...
    local room=$1 allowed
    shift
    allowed=$(IFS='|'; echo "$*")
    grep -rnE '^#include "[a-z]+/' "src/$room" --include='*.c' --include='*.h' --include='*.cpp' |
        grep -vE "#include \"($room|$allowed|myosurv)/" && bad "src/$room may include only: $room $*"
    allowed="$room|$allowed"
    grep -rnoE '^#include "myosurv/[a-z]+' "src/$room" --include='*.c' --include='*.h' --include='*.cpp' |
        grep -vE "myosurv/($allowed)$" && bad "src/$room may include only the public headers of: $room $*"
}
check_room base base
check_room image base
for room in phantom body radiomics; do check_room "$room" base image; done
for room in survival plot; do check_room "$room" base; done
check_room model base image segmenter

# 5. Long files.
for file in "${ours[@]}"; do
    lines=$(wc -l < "$file")
    [ "$lines" -le 600 ] || bad "$file: $lines lines; 600 are the most"
done

# 6. clang-tidy, two at a time.
if $tidy; then
    if [ $# -eq 0 ]; then mapfile -t files < <(find src -name '*.c' | sort); else files=("$@"); fi
    if [ ! -e build/dev/compile_commands.json ]; then
        bad "no build/dev/compile_commands.json: run scripts/build.sh dev"
    else
        printf '%s\0' "${files[@]}" | xargs -0 -P 2 -n 4 clang-tidy --quiet -p build/dev 2> >(grep -v 'warnings\? generated' >&2) ||
            bad "clang-tidy"
    fi
fi
[ "$failed" -eq 0 ] && echo "lint: nothing found"
exit "$failed"
