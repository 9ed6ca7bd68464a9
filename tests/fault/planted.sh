#!/usr/bin/env bash
# One planted fault: planted.sh PROGRAM FAULT SANITIZER BUILT_WITH
# BUILT_WITH is the build's list of sanitizers (MYOSURV_SANITIZE); when SANITIZER is among them it has to report the
# fault and end the program with a failure, and has to stay silent about the same program without a fault.
set -euo pipefail
program=$1 fault=$2 sanitizer=$3 built_with=${4-}

if [ -z "$built_with" ]; then
    echo 'skipped: not a sanitized build'
    exit 0
fi
case ",$built_with," in
*",$sanitizer,"*) ;;
*)
    echo "skipped: built with $built_with, which does not look for this ($sanitizer does)"
    exit 0
    ;;
esac
case $fault in
heap) report='AddressSanitizer: heap-buffer-overflow' ;;
overflow) report='runtime error: signed integer overflow' ;;
race) report='ThreadSanitizer: data race' ;;
*) echo "planted.sh: unknown fault $fault" >&2; exit 2 ;;
esac

if ! said=$("$program" none 2>&1) || [ -n "$said" ]; then
    printf '%s\nthe program without a fault failed or was reported\n' "$said" >&2
    exit 1
fi
status=0
said=$("$program" "$fault" 2>&1) || status=$?
if [ "$status" -eq 0 ]; then
    printf '%s\n%s: the program ended well in spite of the fault\n' "$said" "$fault" >&2
    exit 1
fi
if ! grep -qF "$report" <<<"$said"; then
    printf '%s\n%s: ended with %d, but without "%s"\n' "$said" "$fault" "$status" "$report" >&2
    exit 1
fi
echo "reported: $report (exit code $status)"
