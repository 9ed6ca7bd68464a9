#!/usr/bin/env python3
"""The elastic net path and its cross-validation side by side with R's glmnet: CPU seconds and what both find.

    tests/bench/coxnet.py build/myosurv [--rows 500] [--columns 1343] [--repeat 3] [--no-cv]

Two tables of 500 patients and 1343 predictors (the size of the study's feature set): one with independent predictors
and a strong signal in ten of them, one with groups of predictors that go together, as radiomics features do. Needs
Rscript with glmnet; without it only myosurv runs. CPU seconds are user and system time of the whole process (R's
includes reading the table; `glmnet` is glmnet() alone), the median of the repeats. Objective: minus log partial
likelihood of mean weight plus penalty; the smaller, the nearer to the solution.
"""
import argparse
import csv
import math
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def make(path, rows, columns, groups, seed):
    """Exponential survival times, about half censored."""
    rng = random.Random(seed)
    with open(path, "w") as out:
        out.write("time,status," + ",".join("V%d" % (j + 1) for j in range(columns)) + "\n")
        loading = [[rng.gauss(0, 1) if rng.random() < 0.1 else 0 for _ in range(40)] for _ in range(columns)]
        for _ in range(rows):
            factor = [rng.gauss(0, 1) for _ in range(40)]
            if groups:
                x = [sum(a * b for a, b in zip(row, factor) if a) + 0.5 * rng.gauss(0, 1) for row in loading]
                lp = (factor[0] - factor[1] + 0.8 * factor[2] + 0.5 * factor[3] + 0.6 * factor[4]) / 1.8
            else:
                x = [rng.gauss(0, 1) for _ in range(columns)]
                lp = 1.2 * sum(x[:10]) / math.sqrt(10)
            time = rng.expovariate(1) * math.exp(-lp)
            censoring = rng.expovariate(0.7)
            out.write("%.6f,%d," % (min(time, censoring) + 1e-6, time <= censoring))
            out.write(",".join("%.5f" % v for v in x) + "\n")


def run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit("%s: %s" % (" ".join(command), done.stderr))
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def numbers(path):
    with open(path) as lines:
        rows = list(csv.reader(lines))
    return rows[0], [[float(v) if v else 0.0 for v in row] for row in rows[1:]]


def objectives(data, models):
    """Of each (lambda, {column: coefficient}): the lasso's objective, standardised with divisor n."""
    names, rows = numbers(data)
    n = len(rows)
    rows.sort(key=lambda row: -row[0])
    used = sorted({name for _, beta in models for name in beta})
    at = {name: names.index(name) for name in used}
    sd = {}
    for name in used:
        mean = sum(row[at[name]] for row in rows) / n
        sd[name] = math.sqrt(sum((row[at[name]] - mean) ** 2 for row in rows) / n)
    out = []
    for penalty, beta in models:
        total, loss = 0.0, 0.0
        for row in rows:  # latest first; the times have no ties
            eta = sum(b * row[at[name]] for name, b in beta.items())
            total += math.exp(eta)
            if row[1]:
                loss += math.log(total) - eta
        out.append(loss / n + penalty * sum(abs(b) * sd[name] for name, b in beta.items()))
    return out


def path_of(header, rows, first):
    return [(row[0], {name: b for name, b in zip(header[first:], row[first:]) if b}) for row in rows]


def compare(ours, theirs, data, validated):
    head, a = numbers(ours)
    other, b = numbers(theirs)
    n = min(len(a), len(b))
    print("    models: myosurv %d, glmnet %d; lambda differs by %.1e" %
          (len(a), len(b), max(abs(p[0] / q[0] - 1) for p, q in zip(a, b))))
    if validated:
        print("    mean deviance differs by %.1e of itself at most" %
              max(abs(p[3] / q[1] - 1) for p, q in zip(a[:n], b[:n])))
        return
    some = sorted({0, n // 4, n // 2, 3 * n // 4, n - 1})
    mine, their = path_of(head, a, 3), path_of(other, b, 2)
    mine_value = objectives(data, [mine[k] for k in some])
    their_value = objectives(data, [their[k] for k in some])
    for k, p, q in zip(some, mine_value, their_value):
        print("    lambda %-9.5g %4d and %4d coefficients, objective %.12f and %.12f (glmnet's is %+.1e)" %
              (a[k][0], len(mine[k][1]), len(their[k][1]), p, q, q - p))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("myosurv")
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--columns", type=int, default=1343)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--no-cv", action="store_true")
    args = parser.parse_args()
    program, r = os.path.abspath(args.myosurv), shutil.which("Rscript")
    with tempfile.TemporaryDirectory() as folder:
        for name, groups in (("independent", False), ("groups", True)):
            data, ours, theirs = (os.path.join(folder, name + end) for end in (".csv", "-m.csv", "-r.csv"))
            make(data, args.rows, args.columns, groups, 20)
            header, rows = numbers(data)
            with open(os.path.join(folder, "folds.csv"), "w") as out:
                out.write(",".join(header) + ",fold\n")
                for i, line in enumerate(open(data).read().splitlines()[1:]):
                    out.write("%s,%d\n" % (line, i % 10))
            for what in ("path",) if args.no_cv else ("path", "cv"):
                command = [program, "coxnet", data if what == "path" else os.path.join(folder, "folds.csv"), "-t", "time",
                           "-e", "status", "-x", "V*", "--path", ours] + (["--folds", "fold"] if what == "cv" else [])
                used = statistics.median(run(command)[0] for _ in range(args.repeat))
                print("%-12s %-5s myosurv %6.2f s" % (name, what, used), end="")
                if not r:
                    print("   (no Rscript)")
                    continue
                whole, alone = [], []
                for _ in range(1 if what == "cv" else args.repeat):
                    cpu, text = run([r, os.path.join(HERE, "coxnet.R"), data, what, theirs])
                    whole.append(cpu)
                    alone.append(float(text))
                whole, alone = statistics.median(whole), statistics.median(alone)
                print("   R %6.2f s, glmnet %6.2f s: %.1f and %.1f times" % (whole, alone, whole / used, alone / used))
                compare(ours, theirs, data, what == "cv")


if __name__ == "__main__":
    main()
