# The commands of a page of the manual, a file each in the folder OUT, numbered as they come: NNN.sh (a block ```sh),
# NNN.console (a block ```console) or NNN.table (a command in a table's row). Before the text stand as many empty lines
# as before it in the page, so that the shell's line numbers are the page's. On standard output a line each:
#   NNN KIND LINE STATUS REASON      STATUS from <!-- exit status N -->, REASON from <!-- not run: REASON --> (else "-")
# <!-- before: COMMAND --> is a command that a reader needs not see (kind "before").
# A row of a table: `myosurv COMMAND ...` with a file is a command; `... --option` is the last
# one of the page with these words after it.
function begin(kind) {
    n++
    file = sprintf("%s/%03d.%s", OUT, n, kind)
    printf "%03d %s %d %s %s\n", n, kind, FNR, status, reason
    for (i = 1; i < FNR; i++) print "" >file
    return file
}
function bad(text) { printf "%s:%d: %s\n", FILENAME, FNR, text >"/dev/stderr"; failed = 1 }
BEGIN { status = 0; reason = "-" }
!inside && /^<!-- not run: *-->/ { bad("a block is left out without a reason") }
!inside && /^<!-- not run: .+ -->/ { reason = $0; sub(/^<!-- not run: /, "", reason); sub(/ -->$/, "", reason); next }
!inside && /^<!-- exit status [0-9]+ -->/ { status = $4; next }
!inside && /^<!-- before: .+ -->/ {
    command = $0
    sub(/^<!-- before: /, "", command)
    sub(/ -->$/, "", command)
    file = begin("before")
    print command >file
    close(file)
    next
}
!inside && /^```/ {
    kind = substr($0, 4)
    inside = 1
    first = 1
    if (kind == "sh" || kind == "console") file = begin(kind); else file = ""
    if (file) print "" >file
    next
}
inside && /^```/ { if (file) close(file); inside = 0; status = 0; reason = "-"; next }
inside && file { print >file; next }
inside { if (first && kind == "" && /^(\$ )?myosurv /) bad("a block with commands that is neither sh nor console"); first = 0; next }
/^    (\$ )?myosurv / { bad("a command in an indented block: make it sh or console") }
/^\|/ {
    row = $0
    gsub(/\\\|/, "\001", row)
    while (match(row, /`[^`]*`/)) {
        span = substr(row, RSTART + 1, RLENGTH - 2)
        row = substr(row, RSTART + RLENGTH)
        gsub(/\001/, "|", span)
        if (span ~ /^\.\.\. -/ && last) span = last substr(span, 4)
        else if (span ~ /^myosurv [a-z].*( my-study|[.](csv|nii|model|json))/) last = span
        else continue
        file = begin("table")
        print span >file
        close(file)
    }
    status = 0
    next
}
/^$/ { next }
{ reason = "-"; status = 0 }
END { exit failed }
