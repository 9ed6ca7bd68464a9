#!/usr/bin/env python3
"""`myosurv segment` on seeded phantoms of all variations: level, Dice and area against the truth, and flags.

    MYOSURV=build/release/myosurv tests/bench/phantoms.py [first seed] [last seed] [out.csv] [segment options ...]

A phantom counts as wrong in silence when its level lies outside the L3 body, or its muscle area is off by more than
10%, and nothing in `flags` says so (flags that only tell of a missing height or of an unusual but harmless thing do
not count as saying so). The segmenter that ships has learnt from phantoms 9001 to 9040.
"""
import csv
import gzip
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

PROGRAM = os.environ.get("MYOSURV", "build/release/myosurv")
HARMLESS = {"height_missing", "thick_slices", "ribs_not_in_view", "sacrum_not_in_view", "little_fat", "mask_lacks_fat"}


def read_mask(path):
    with gzip.open(path) as stream:
        data = stream.read()
    n = struct.unpack_from("<3h", data, 42)
    return n, data[int(struct.unpack_from("<f", data, 108)[0]):]


def muscle_slice(mask, n, k):
    area = n[0] * n[1]
    return bytes(1 if 1 <= v <= 3 else 0 for v in mask[k * area:(k + 1) * area])


def dice(a, b):
    both = sum(x & y for x, y in zip(a, b))
    return 2 * both / max(sum(a) + sum(b), 1)


def judge(folder, seed):
    """One row: what came out against what was drawn."""
    row = {"seed": seed, "state": "refused", "level_mm": "", "dice": "", "area_error_percent": "", "flags": ""}
    with open(f"{folder}/t{seed}/truth.csv", newline="") as stream:
        truth = next(csv.DictReader(stream))
    row["complete"] = truth["complete"]
    path = f"{folder}/out/p{seed}/measurements.json"
    if not os.path.exists(path):
        return row
    with open(path) as stream:
        found = json.load(stream)
    flags = [f for f in found["flags"] if f not in HARMLESS]
    off = found["l3"]["z_mm"] - float(truth["l3_z_mm"])
    n, ours = read_mask(f"{folder}/out/p{seed}/mask.nii.gz")
    _, drawn = read_mask(f"{folder}/t{seed}/truth_mask.nii.gz")
    k = found["l3"]["slice_index"]
    a, b = muscle_slice(ours, n, k), muscle_slice(drawn, n, k)
    inside = sum(b) > 0 and abs(off) < 16
    row.update(state="flagged" if flags else "plain", level_mm=round(off, 2), flags=" ".join(flags),
               confidence=found["l3"]["confidence"])
    if inside:
        row["dice"] = round(dice(a, b), 4)
        row["area_error_percent"] = round(100 * (sum(a) / sum(b) - 1), 2)
    row["silent"] = int(not flags and (not inside or abs(row["area_error_percent"]) > 10))
    return row


def main():
    first, last = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else (1, 300)
    out = sys.argv[3] if len(sys.argv) > 3 else None
    rows = []
    for start in range(first, last + 1, 20):
        folder = tempfile.mkdtemp(prefix="myosurv-phantoms-")
        seeds = range(start, min(start + 20, last + 1))
        try:
            for seed in seeds:
                subprocess.run([PROGRAM, "phantom", "-q", "--seed", str(seed), "-o", f"{folder}/p{seed}.nii.gz",
                                "--truth", f"{folder}/t{seed}"], check=True, stdout=subprocess.DEVNULL)
            with open(f"{folder}/list.csv", "w") as stream:
                stream.write("case_id,scan\n" + "".join(f"p{s},p{s}.nii.gz\n" for s in seeds))
            subprocess.run([PROGRAM, "segment", "-q", "--list", f"{folder}/list.csv", "-o", f"{folder}/out", *sys.argv[4:]],
                           check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            rows += [judge(folder, seed) for seed in seeds]
        finally:
            shutil.rmtree(folder)
        judged = [r["dice"] for r in rows if r["dice"] != ""]
        print(f"{len(rows)} phantoms: {sum(r['state'] == 'refused' for r in rows)} refused, "
              f"{sum(r['state'] == 'flagged' for r in rows)} flagged, {sum(r.get('silent', 0) for r in rows)} wrong in silence; "
              f"Dice mean {statistics.mean(judged):.4f}, worst {min(judged):.3f}", flush=True)
    if out:
        names = ["seed", "state", "complete", "level_mm", "confidence", "dice", "area_error_percent", "silent", "flags"]
        with open(out, "w", newline="") as stream:
            writer = csv.DictWriter(stream, names, restval="")
            writer.writeheader()
            writer.writerows(rows)


main()
