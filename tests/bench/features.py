#!/usr/bin/env python3
"""CPU seconds and peak memory of `myosurv features`, side by side with pyradiomics and Nyxus where they are installed.

    MYOSURV=build/release/myosurv PYRADIOMICS_PYTHON=... NYXUS_PYTHON=... tests/bench/features.py [repetitions [peers']]

Run it with a python that has numpy; the two variables name pythons that have pyradiomics 3.0.1 and nyxus (either may be
left out, or be the same). One synthetic scan of 512 x 512 x 200 voxels (smooth texture and noise, whole HU, from a fixed
seed) and ellipsoids of about 1e4, 1e5 and 1e6 voxels, all as plain NIfTI, so that nobody pays for a decoder. Every figure
is of a whole process, from its start: user and system time, and its largest resident size; medians. In each round the
programs run one after the other. All use one thread unless said; that the features agree is a test's business
(tests/radiomics/test_pyradiomics.c), but how many pyradiomics' and ours agree to 1e-6 is printed.
Nothing is compared with a limit: this is no test.
"""
import csv
import io
import os
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np

PROGRAM = os.environ.get("MYOSURV", "build/release/myosurv")
PYRADIOMICS = os.environ.get("PYRADIOMICS_PYTHON")
NYXUS = os.environ.get("NYXUS_PYTHON")
SIZE, SPACING = (512, 512, 200), (0.8, 0.8, 1.5)

FAMILIES = "featureClass: {shape: , firstorder: , glcm: , glrlm: , glszm: , ngtdm: , gldm: }\nsetting: {binWidth: 25}\n"
ALL_IMAGES = """imageType:
  Original: {}
  Wavelet: {}
  LoG: {sigma: [1.0, 2.0, 3.0, 4.0, 5.0]}
  Square: {}
  SquareRoot: {}
  Logarithm: {}
  Exponential: {}
  Gradient: {}
"""
ORIGINAL = "imageType: {Original: {}}\n"
TEXTURES = '{"preset": "ibsi", "families": ["firstorder", "glcm", "glrlm", "glszm", "gldzm", "ngtdm", "gldm"]}'

RUN_PYRADIOMICS = """
import logging, sys
logging.disable(logging.WARNING)
import SimpleITK
SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
from radiomics import featureextractor
extractor = featureextractor.RadiomicsFeatureExtractor(sys.argv[1], additionalInfo=False)
for name, value in extractor.execute(sys.argv[2], sys.argv[3]).items(): print(f"{name},{float(value)!r}")
"""
RUN_NYXUS = """
import sys, nyxus
n = nyxus.Nyxus3D(["*3D_ALL*"], n_feature_calc_threads=1)
table = n.featurize_files([sys.argv[1]], [sys.argv[2]], False)
for name in table.columns[4:]: print(name)
"""


def write_nifti(path, array, code, bits):
    """Axes as a scanner's: the first voxel at the right, front and bottom; no scaling."""
    header = struct.pack("<i10s18sihcB", 348, b"", b"", 0, 0, b"r", 0)
    header += struct.pack("<8h", 3, *SIZE, 1, 1, 1, 1) + struct.pack("<3fhhhh", 0, 0, 0, 0, code, bits, 0)
    header += struct.pack("<8f", 1, *SPACING, 0, 0, 0, 0) + struct.pack("<3fhBB", 352, 1, 0, 0, 0, 2)
    header += struct.pack("<4f2i", 0, 0, 0, 0, 0, 0) + bytes(80 + 24) + struct.pack("<hh", 0, 1)
    header += struct.pack("<6f", *[0] * 6)
    for axis in range(3):
        row = [0.0] * 4
        row[axis] = -SPACING[axis] if axis < 2 else SPACING[axis]
        header += struct.pack("<4f", *row)
    header += bytes(16) + b"n+1\0" + bytes(4)
    with open(path, "wb") as file:
        file.write(header)
        file.write(array.tobytes(order="F"))


def smooth(x, width):
    for axis in range(3):
        for _ in range(2):
            total = np.cumsum(np.concatenate([np.take(x, range(-width, 0), axis), x], axis), axis, dtype=np.float64)
            lead = [slice(None)] * 3
            lag = [slice(None)] * 3
            lead[axis], lag[axis] = slice(width, None), slice(None, -width)
            x = ((total[tuple(lead)] - total[tuple(lag)]) / width).astype(np.float32)
    return x / x.std()


def make_images(folder):
    """The regions are ellipsoids with half-axes 1.2 : 1 : 0.8 in voxels."""
    random = np.random.default_rng(7)
    noise = random.standard_normal(SIZE, dtype=np.float32)
    write_nifti(f"{folder}/image.nii", np.round(50 + 40 * smooth(noise, 4) + 25 * noise).astype("<i2"), 4, 16)
    grid = np.ogrid[tuple(slice(n) for n in SIZE)]
    for voxels in (10**4, 10**5, 10**6):
        size = (voxels / (4 / 3 * np.pi * 1.2 * 0.8)) ** (1 / 3)
        inside = sum(((g - c) / (size * r)) ** 2 for g, c, r in zip(grid, (250, 270, 100), (1.2, 1, 0.8))) <= 1
        write_nifti(f"{folder}/mask{voxels}.nii", inside.astype(np.uint8), 2, 8)


def run(*command):
    """CPU seconds, peak memory (MB), clock seconds and output of a command, run by a process of its own."""
    reader, writer = os.pipe()
    start = time.monotonic()
    with tempfile.TemporaryFile() as out:
        child = os.fork()
        if child == 0:
            os.close(reader)
            environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
            code = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, check=False, env=environment)
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            os.write(writer, f"{code.returncode} {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}".encode())
            if code.returncode != 0:
                sys.stderr.write(code.stderr.decode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as stream:
            code, cpu, memory = stream.read().split()
        os.waitpid(child, 0)
        clock = time.monotonic() - start
        if code != "0":
            sys.exit(f"{' '.join(command[:2])} ... exits {code}")
        out.seek(0)
        return float(cpu), float(memory), clock, out.read().decode()


def ours(folder, mask, config, threads=1):
    return run(PROGRAM, "features", f"{folder}/image.nii", f"{folder}/mask{mask}.nii", "--config", config, "--format", "long",
               "--threads", str(threads))


def report(label, results, against=None):
    cpu = statistics.median(r[0] for r in results)
    memory = statistics.median(r[1] for r in results)
    text = f"{label:58s} {cpu:8.2f} s CPU  {memory:7.0f} MB"
    if against:
        theirs = statistics.median(r[0] for r in against), statistics.median(r[1] for r in against)
        text += f"   {theirs[0] / cpu:6.1f} times faster, {theirs[1] / memory:5.1f} times smaller"
    print(text, flush=True)
    return cpu


def agreement(mine, theirs):
    a = {row["feature"]: row["value"] for row in csv.DictReader(io.StringIO(mine))}
    b = dict(line.split(",") for line in theirs.split())
    same = sum(abs(float(a[k]) - float(b[k])) <= 1e-6 * abs(float(b[k])) for k in b if a.get(k))
    print(f"{'':6s}{same} of pyradiomics' {len(b)} features agree to 1e-6")


def compare(label, peer_label, mine, peer, repetitions, peers):
    """Rounds of both; the lines of each."""
    results, theirs = [], []
    for r in range(max(repetitions, peers if peer else 0)):
        if r < repetitions:
            results.append(mine())
        if peer and r < peers:
            theirs.append(peer())
    if peer:
        report(peer_label, theirs)
    cpu = report(label, results, theirs if peer else None)
    return cpu, results, theirs


def main():
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    peers = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory(prefix="myosurv-bench-") as folder:
        make_images(folder)
        configs = {"all.yaml": ALL_IMAGES + FAMILIES, "original.yaml": ORIGINAL + FAMILIES, "textures.json": TEXTURES}
        for name, text in configs.items():
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        everything, original, textures = (f"{folder}/{name}" for name in configs)

        def pyradiomics(config, mask):
            if not PYRADIOMICS:
                return None
            return lambda: run(PYRADIOMICS, "-c", RUN_PYRADIOMICS, config, f"{folder}/image.nii", f"{folder}/mask{mask}.nii")

        print(f"{repetitions} rounds, peers {peers}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        _, mine, theirs = compare("(a) 1781 features, 19 images, 1e5 voxels", "    pyradiomics",
                                  lambda: ours(folder, 10**5, everything), pyradiomics(everything, 10**5), repetitions, peers)
        if theirs:
            agreement(mine[0][3], theirs[0][3])
        _, mine, theirs = compare("(b) 107 features of the original, 1e6 voxels", "    pyradiomics",
                                  lambda: ours(folder, 10**6, original), pyradiomics(original, 10**6), repetitions, peers)
        if theirs:
            agreement(mine[0][3], theirs[0][3])
        nyxus = (lambda: run(NYXUS, "-c", RUN_NYXUS, f"{folder}/image.nii", f"{folder}/mask{10**6}.nii")) if NYXUS else None
        _, _, theirs = compare("(c) first order, GLCM, GLRLM, GLSZM, GLDZM, NGTDM, NGLDM", "    Nyxus, all of 3D",
                               lambda: ours(folder, 10**6, textures), nyxus, repetitions, max(peers, 3))
        if theirs:
            print(f"{'':6s}{len(theirs[0][3].split())} features of Nyxus (with shape, without hull and mesh)")
        cpu = {}
        for voxels in (10**4, 10**5, 10**6):
            cpu[voxels] = report(f"    growth: original, {voxels} voxels",
                                 [ours(folder, voxels, original) for _ in range(repetitions)])
        per = (cpu[10**6] - cpu[10**5]) / 0.9
        print(f"{'':6s}{per:.2f} s for each further million voxels from 1e5 to 1e6, "
              f"{(cpu[10**5] - cpu[10**4]) / 0.09:.2f} from 1e4 to 1e5; {cpu[10**4]:.2f} s is reading the scan")
        for label, config, mask in (("(a)", everything, 10**5), ("(b)", original, 10**6)):
            clock, outputs = {1: [], 2: []}, set()
            for _ in range(repetitions):
                for threads in clock:
                    result = ours(folder, mask, config, threads)
                    clock[threads].append(result[2])
                    outputs.add(result[3])
            one, two = (min(clock[t]) for t in (1, 2))
            print(f"    {label} on two threads: {one / two:.2f} times the speed by the clock ({one:.2f} s, {two:.2f} s, the "
                  f"fastest of {repetitions}); {'the same bytes' if len(outputs) == 1 else 'OTHER BYTES'}")


if __name__ == "__main__":
    main()
