#!/usr/bin/env python3
"""CPU seconds and peak memory of `myosurv cox`, `km` and `cindex` beside R's survival on a table of a million rows.

    MYOSURV=build/release/myosurv tests/bench/survival.py [repetitions [rows]]

Whole processes, CSV to printed result, one after the other in the same run; medians. Of each the time to read the
table is shown apart (--verbose says it here; R's is fread's with one thread). R's side is left out where Rscript,
survival or data.table is missing. Nothing is compared with a limit: this is no test. The last lines say whether the
results are R's, and whether one and two threads give the same bytes.
"""
import json
import math
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

PROGRAM = os.environ.get("MYOSURV", "build/release/myosurv")
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "survival.R")
FORMULA = "Surv(time, status) ~ " + " + ".join(f"x{i}" for i in range(1, 11))
TASKS = {
    "cox": ["cox", "{}", "--formula", FORMULA],
    "km": ["km", "{}", "--time", "time", "--event", "status"],
    "logrank": ["km", "{}", "--time", "time", "--event", "status", "--group", "group"],
    "cindex": ["cindex", "{}", "--time", "time", "--event", "status", "--risk", "x1"],
}


def make_table(path, rows):
    """Ten covariates (one of 0 and 1, one of whole numbers, one of two decimals), a third of the times whole days."""
    chance = random.Random(20240501)
    beta = [0.3, -0.2, 0.02, 0.1, 0, 0, 0.15, -0.1, 0.05, 0]
    with open(path, "w") as out:
        out.write("time,status," + ",".join(f"x{i}" for i in range(1, 11)) + ",group\n")
        for _ in range(rows):
            x = [chance.gauss(0, 1) for _ in range(10)]
            x[1] = int(chance.random() < 0.45)
            x[2] = round(60 + 10 * x[2])
            x[3] = round(x[3], 2)
            risk = sum(b * v for b, v in zip(beta, x)) - 1.2
            death, lost = -math.log(1 - chance.random()) * 1000 * math.exp(-risk), chance.random() * 3000
            time = min(death, lost)
            if chance.random() < 0.33:
                time = math.ceil(time)
            cells = [repr(time), str(int(death <= lost))] + [repr(v) for v in x] + [chance.choice("abc")]
            out.write(",".join(cells) + "\n")


def run(*command):
    """CPU seconds, peak memory (MB), standard output and error of one process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        with os.fdopen(writer, "w") as stream:
            json.dump([done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024,
                       done.stdout.decode(), done.stderr.decode()], stream)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        code, cpu, memory, output, errors = json.load(stream)
    os.waitpid(child, 0)
    if code != 0:
        sys.exit(f"{' '.join(command)} exits {code}: {errors}")
    return cpu, memory, output, errors


def ours(task, path):
    command = [PROGRAM] + [path if word == "{}" else word for word in TASKS[task]] + ["--verbose"]
    cpu, memory, output, errors = run(*command)
    found = re.search(r"rows read in ([0-9.]+) s", errors)
    return cpu, memory, float(found.group(1)) if found else math.nan, output


def theirs(task, path):
    cpu, memory, output, _ = run("Rscript", SCRIPT, path, task)
    return cpu, memory, float(output.split()[0]), output


def have_r():
    if not shutil.which("Rscript"):
        return False
    test = "quit(status = !(requireNamespace('survival', quietly = TRUE) && requireNamespace('data.table', quietly = TRUE)))"
    return subprocess.run(["Rscript", "-e", test], capture_output=True, check=False).returncode == 0


def row(label, runs):
    cpu, memory, reading = (statistics.median(r[i] for r in runs) for i in range(3))
    print(f"{label:18s} {cpu:8.2f} {reading:8.2f} {cpu - reading:8.2f} {memory:8.0f}", flush=True)


def compare(path):
    json_of = lambda words: json.loads(run(PROGRAM, *words, "--json")[2])
    cox = [path if w == "{}" else w for w in TASKS["cox"]]
    mine = [c["coef"] for c in json_of(cox)["coefficients"]]
    r = [float(v) for v in theirs("cox", path)[3].split("\n", 1)[1].split()]
    print("largest relative difference of the coefficients from R's:",
          max(abs(a - b) / abs(b) for a, b in zip(mine, r)))
    c = json_of([path if w == "{}" else w for w in TASKS["cindex"]])["c"]
    r = float(theirs("cindex", path)[3].split()[-1])
    print("difference of C from R's:", abs(c - r))


def main():
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "table.csv")
        make_table(path, rows)
        print(f"{rows} rows, {os.path.getsize(path) / 1e6:.0f} MB, medians of {repetitions}")
        print(f"{'':18s} {'CPU s':>8s} {'reading':>8s} {'rest':>8s} {'peak MB':>8s}")
        r = have_r()
        for task in TASKS:
            row(f"myosurv {task}", [ours(task, path) for _ in range(repetitions)])
            if r:
                row(f"R {task}", [theirs(task, path) for _ in range(repetitions)])
        if r:
            compare(path)
        for task in TASKS:
            words = [path if w == "{}" else w for w in TASKS[task]]
            same = len({run(PROGRAM, *words, "--json", "--threads", n)[2] for n in "12"}) == 1 if task != "km" else None
            if same is not None:
                print(f"{task}: one and two threads give {'the same' if same else 'DIFFERENT'} bytes")


if __name__ == "__main__":
    main()
