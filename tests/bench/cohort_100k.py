#!/usr/bin/env python3
"""A simulated cohort of 100,000 cases: how long planning, status and merge take, and how much memory.

    tests/bench/cohort_100k.py --program build/myosurv [--cases 100000] [--folder DIR] [--keep] [--all]

One phantom is run for real; its files are then repeated under as many ids, with records (done.json) that are true of them,
so that the program finds each case done. Scans are small files: what is measured is the work on the cohort, not on pixels.
The results of each command are checked, and its wall-clock and processor time and peak memory printed, one line a command.
"""
import argparse
import csv
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time


def run(*command, accept=(0,)):
    """Runs a command; gives its standard output, wall-clock seconds and peak memory in MB."""
    start = time.monotonic()
    child = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # The log of a hundred thousand lines goes to a pipe: both must be emptied.
    out, err = child.communicate()
    seconds = time.monotonic() - start
    if child.returncode not in accept:
        sys.exit(f"{command} ended with {child.returncode}: {err[-2000:]}")
    return out, seconds


def measured(*command, accept=(0,)):
    """As run, in a process of its own whose children's peak memory is this command's alone."""
    code = (
        "import resource, subprocess, sys, time\n"
        "t = time.monotonic()\n"
        "p = subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], 'w'), stderr=subprocess.STDOUT)\n"
        "u = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(p.returncode, time.monotonic() - t, u.ru_utime + u.ru_stime, u.ru_maxrss / 1024)\n"
    )
    with tempfile.NamedTemporaryFile("r", suffix=".log") as log:
        line = subprocess.run([sys.executable, "-c", code, log.name, *map(str, command)], capture_output=True, text=True, check=True).stdout
        status, wall, cpu, memory = line.split()
        text = log.read()
    if int(status) not in accept:
        sys.exit(f"{command} ended with {status}: {text[-2000:]}")
    return text, float(wall), float(cpu), float(memory)


def key_of(description):
    """The SHA-256 of a description as the program prints it (see a done.json: without its key and files)."""
    return hashlib.sha256(description.encode()).hexdigest()


def description_text(done):
    """The part of a done.json's text that its key is the hash of."""
    return done[: done.index(',\n  "key"')] + "\n}\n"


def stamp_of(path):
    """What inputs.c makes of a scan that is one file: to be written into .seen, as a run does."""
    info = os.stat(path)
    h = hashlib.sha256()
    for text in (path, str(info.st_size), str(info.st_mtime_ns), str(info.st_ctime_ns), str(info.st_ino), ""):
        h.update(text.encode() + b"\0")
    return h.hexdigest()


def make_template(program, folder):
    """One phantom, run for real."""
    run(program, "phantom", "cohort", "-o", folder / "sample", "--patients", 3, "--seed", 3, "--matrix", 96, "--slice-mm", 10, "--quiet")
    rows = list(csv.DictReader(open(folder / "sample/cohort.csv")))[:1]
    rows[0].update(split="training", cohort="main")
    with open(folder / "sample/cohort.csv", "w", newline="") as f:
        writer = csv.DictWriter(f, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    study = folder / "template"
    run(program, "study", "init", study, "--cohort", folder / "sample/cohort.csv", "--quiet")
    run(program, "study", "run", study, "--cases-only", "--quiet")
    return study, rows[0]


def make_cohort(template, row, folder, n):
    """`n` cases like the template's, new ones and, in a second folder, finished ones."""
    case = template / "cases" / row["case_id"]
    done = (case / "done.json").read_text()
    old = row["case_id"]
    recorded = json.loads(done)
    texts = {name: (case / name).read_bytes() for name in recorded["files"]}
    if key_of(description_text(done)) != recorded["key"]:
        sys.exit("the record's key is made in another way than this program thinks")
    scans = folder / "scans"
    scans.mkdir()
    study = json.load(open(template / "study.json"))
    study["scan_root"] = str(scans)
    for name in ("new", "done"):
        (folder / name / "cases").mkdir(parents=True)
        json.dump(study, open(folder / name / "study.json", "w"))
    ids = [f"P{i:06d}" for i in range(n)]
    for k, name in enumerate(ids):
        scan = scans / f"{name}.nii"
        scan.write_bytes(name.encode() * 8)
    groups = ["training"] * 6 + ["internal"] * 2 + ["external"] * 2
    with open(folder / "new/cohort.csv", "w", newline="") as f:
        writer = csv.DictWriter(f, row.keys())
        writer.writeheader()
        for i, name in enumerate(ids):
            split = groups[i % 10]
            cohort = f"centre{i % 7}" if split == "external" else "main"
            writer.writerow(dict(row, case_id=name, scan=name + ".nii", mask="", split=split, cohort=cohort))
    shutil.copy(folder / "new/cohort.csv", folder / "done/cohort.csv")
    later = time.time() + 10
    for name in ids:
        here = folder / "done/cases" / name
        here.mkdir()
        scan = str(scans / f"{name}.nii")
        scan_hash = hashlib.sha256(open(scan, "rb").read()).hexdigest()
        for file, data in texts.items():
            if file == "features.csv":
                data = data.replace(b"\n" + old.encode() + b",", b"\n" + name.encode() + b",")
            (here / file).write_bytes(data if file.endswith((".json", ".csv")) else b"")
        text = done.replace(f'"case_id": "{old}"', f'"case_id": "{name}"')
        text = text.replace(recorded["scan_sha256"], scan_hash).replace(recorded["mask_sha256"] or "\0", "")
        text = text.replace(recorded["key"], key_of(description_text(text)))
        (here / "done.json").write_text(text)
        seen = here / ".seen"
        seen.write_text(f"{stamp_of(scan)}\n{scan_hash}\n-\n")
        os.utime(seen, (later, later))


def main():
    from pathlib import Path

    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--cases", type=int, default=100000)
    parser.add_argument("--folder", help="made, and removed in the end unless --keep is given; one that is there is used as it is")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--all", action="store_true", help="also the whole merge, with networks, statistics and report")
    args = parser.parse_args()
    program, n = os.path.abspath(args.program), args.cases
    folder = Path(args.folder or tempfile.mkdtemp(prefix="cohort")).resolve()
    if not (folder / "done").exists():
        folder.mkdir(exist_ok=True)
        template, row = make_template(program, folder)
        start = time.monotonic()
        make_cohort(template, row, folder, n)
        print(f"{n} cases made in {time.monotonic() - start:.0f} s in {folder}", flush=True)
    commands = [
        ("planning, all new", ["study", "run", folder / "new", "--dry-run", "--quiet"], f"{n} to be run"),
        ("planning, all done", ["study", "run", folder / "done", "--dry-run", "--quiet"], f"{n} done, 0 to be run"),
        ("planning a shard of 100", ["study", "run", folder / "done", "--dry-run", "--quiet", "--shard", "1/100"], "0 to be run"),
        ("status", ["study", "status", folder / "done"], f"{n} done"),
        ("merge, tables", ["study", "merge", folder / "done", "--tables-only", "--require-complete"], f"{n} used"),
    ]
    if args.all:
        commands.append(("merge, all", ["study", "merge", folder / "done", "--require-complete"], f"{n} used"))
    print("command                   wall s   CPU s   peak MB")
    for label, command, expected in commands:
        text, wall, cpu, memory = measured(program, *command)
        if not re.search(re.escape(expected), text):
            sys.exit(f"{label}: '{expected}' is not in: {text[-500:]}")
        print(f"{label:24} {wall:7.1f} {cpu:7.1f} {memory:9.0f}", flush=True)
    if not args.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
