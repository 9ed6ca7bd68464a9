#!/usr/bin/env bash
# Submits a study to Slurm: an array of N jobs for the cases, and after them the job that joins.
#   scripts/slurm/submit.sh STUDY [N] [options of sbatch for both, such as --partition=short]
# Prints the two jobs' numbers. Submitting again goes on where it was.
set -euo pipefail
study=${1:?"usage: submit.sh STUDY [N] [sbatch's options]"}
shift
n=10
if [[ ${1-} =~ ^[0-9]+$ ]]; then
    n=$1
    shift
fi
template=$(dirname "$(readlink -f "$0")")/myosurv.sbatch
cases=$(sbatch --parsable --array="1-$n" "$@" "$template" "$study")
cases=${cases%%;*} # sbatch adds ;CLUSTER where there are several
# afterany, not afterok: a task that failed for good would leave the merge waiting for ever; the merge itself refuses a study
# that is not complete, and says which cases are missing.
merge=$(sbatch --parsable --dependency="afterany:$cases" --output=myosurv-merge-%j.log "$@" "$template" "$study")
echo "$cases ${merge%%;*}"
