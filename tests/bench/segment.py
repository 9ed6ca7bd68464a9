#!/usr/bin/env python3
"""CPU seconds and memory of `myosurv segment`, whole process: scan to mask, measurements and picture.

    MYOSURV=build/release/myosurv tests/bench/segment.py [repetitions]

Synthetic scans of 512 x 512 pixels with about 119 and about 1000 slices, as NIfTI and DICOM; then ten scans in one
process (`--list`), where libtorch is loaded once. Medians. Nothing is compared with a limit: this is no test.
"""
import csv
import gzip
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

PROGRAM = os.environ.get("MYOSURV", "build/release/myosurv")


def run(*command):
    """CPU seconds and peak memory (MB) of one command, in a process of its own so that the peak is its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        code = subprocess.run([PROGRAM, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        text = f"{code.returncode} {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}"
        os.write(writer, text.encode())
        if code.returncode not in (0, 4):
            sys.stderr.write(code.stderr.decode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        code, cpu, memory = stream.read().split()
    os.waitpid(child, 0)
    if code not in ("0", "4"):
        sys.exit(f"{' '.join(command)} exits {code}")
    return float(cpu), float(memory)


def slices_of(path):
    with gzip.open(path) as stream:
        header = stream.read(48)
    return int.from_bytes(header[46:48], "little")


def measure(label, repetitions, volume_mb, *command):
    results = [run(*command) for _ in range(repetitions)]
    cpu = statistics.median(r[0] for r in results)
    memory = statistics.median(r[1] for r in results)
    print(f"{label:46s} {cpu:7.2f} s CPU   peak {memory:6.0f} MB ({memory - volume_mb:5.0f} beyond the volume)")
    return cpu


def main():
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    folder = tempfile.mkdtemp(prefix="myosurv-bench-")
    try:
        for thickness in ("3.4", "0.6"):
            scan = os.path.join(folder, f"t{thickness}.nii.gz")
            dicom = os.path.join(folder, f"t{thickness}")
            made = ["phantom", "--usual", "--matrix", "512", "--slice-mm", thickness, "-o"]
            run(*made, scan)
            run(*made, dicom)
            n = slices_of(scan)
            volume_mb = 512 * 512 * n * 4 / 2**20
            for path, kind in ((scan, "NIfTI, gzip"), (dicom, "DICOM")):
                out = os.path.join(folder, "out")
                for model, name in ((None, "network"), ("none", "classical")):
                    options = ["--model", model] if model else []
                    measure(f"512 x 512 x {n}, {kind}, {name}", repetitions, volume_mb, "segment", path, "-o", out, *options)
        table = os.path.join(folder, "list.csv")
        with open(table, "w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["case_id", "scan"])
            writer.writerows([f"c{i}", "t3.4.nii.gz"] for i in range(10))
        cpu = measure("ten scans of the first kind in one process", 1, 0, "segment", "--list", table, "-o", os.path.join(folder, "many"))
        print(f"{'':46s} {cpu / 10:7.2f} s a scan")
    finally:
        shutil.rmtree(folder)


main()
