#!/usr/bin/env python3
"""The deep Cox network on DeepSurv's data sets, beside pycox and torchsurv, and on synthetic patients.

    MYOSURV=build/release/myosurv tests/bench/deepsurv.py accuracy [--sets linear,whas] [--seeds 10] [--config FILE]
    MYOSURV=build/release/myosurv tests/bench/deepsurv.py cv [--folds 5] [--config FILE ...]
    MYOSURV=build/release/myosurv tests/bench/deepsurv.py time [--repetitions 5] [--python PYTHON]
    MYOSURV=build/release/myosurv tests/bench/deepsurv.py phantom FOLDER [--patients 300]

accuracy  trains on the training (and, where there are any, validation) files with the default settings and every seed
          from 1, and prints Harrell's C on the test file by `myosurv cindex`; mean, SD, least and most. --config takes
          one settings file for all sets.
cv        the same by cross-validation within the training files: how settings are chosen. No test file is read.
time      the same network, optimiser, epochs and rows trained by this program, pycox and torchsurv, one after the
          other; medians of CPU and clock, whole process and training alone. Needs a Python with torch, pycox,
          torchtuples and torchsurv; left out where it has none.
phantom   makes synthetic patients in FOLDER/sample and goes from scans to tables in FOLDER/study, unless they are there
          (minutes to an hour), and compares C of risks by models that had not seen the patient with that of the true
          hazard.

The data are looked for in ../shared/survival/deepsurv. Nothing is compared with a limit: this is no test.
"""
import argparse
import csv
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ.get("MYOSURV", "build/release/myosurv")
HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "..", "..", "shared", "survival", "deepsurv")
SETS = ["linear", "gaussian", "treatment", "whas", "support"]
PUBLISHED = {"linear": 0.774, "gaussian": 0.649, "treatment": 0.5828, "whas": 0.863, "support": 0.6183}
OUTCOME = ["--time", "time", "--event", "event"]


def run(*command):
    done = subprocess.run([PROGRAM, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 4):
        sys.exit(f"{' '.join(command)} exits {done.returncode}: {done.stderr}")
    return done.stdout


def read(path):
    with open(path, newline="") as stream:
        rows = list(csv.reader(stream))
    return rows[0], rows[1:]


def write(path, header, rows):
    with open(path, "w", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def cindex(table, risk="risk"):
    found = json.loads(run("cindex", table, *OUTCOME, "--risk", risk, "--json"))
    return float(find(found, ("concordance", "c", "harrell", "estimate")))


def find(found, names):
    """The first number under one of these names, however deep."""
    if isinstance(found, dict):
        for name in names:
            if isinstance(found.get(name), (int, float)):
                return found[name]
        found = list(found.values())
    for value in found if isinstance(found, list) else []:
        inner = find(value, names)
        if inner is not None:
            return inner
    return None


def training_rows(name):
    header, rows = read(os.path.join(DATA, f"{name}_train.csv"))
    valid = os.path.join(DATA, f"{name}_valid.csv")
    if os.path.exists(valid):
        rows += read(valid)[1]
    return header, rows


def fit_and_judge(folder, train, test, seed, config, columns="x*"):
    """C on the table `test` of a model of the table `train`."""
    model, predicted = os.path.join(folder, "model.msm"), os.path.join(folder, "predicted.csv")
    settings = ["--config", config] if config else []
    run("train", train, *OUTCOME, "--x", columns, "-o", model, "--seed", str(seed), "--quiet", *settings)
    run("predict", model, test, "-o", predicted)
    return cindex(predicted)


def spread(values):
    sd = statistics.stdev(values) if len(values) > 1 else 0
    return f"{statistics.mean(values):.4f}  SD {sd:.4f}  from {min(values):.4f} to {max(values):.4f}"


def accuracy(args):
    with tempfile.TemporaryDirectory(prefix="myosurv-bench-") as folder:
        for name in args.sets.split(","):
            train, test = os.path.join(folder, "train.csv"), os.path.join(DATA, f"{name}_test.csv")
            header, rows = training_rows(name)
            write(train, header, rows)
            started = time.monotonic()
            values = [fit_and_judge(folder, train, test, seed, args.config[0] if args.config else None)
                      for seed in range(1, args.seeds + 1)]
            mean_time = (time.monotonic() - started) / args.seeds
            print(f"{name:10s} {len(rows):5d} rows  C {spread(values)}  (published {PUBLISHED[name]}; {mean_time:.1f} s)",
                  flush=True)


def cv(args):
    with tempfile.TemporaryDirectory(prefix="myosurv-bench-") as folder:
        for name in args.sets.split(","):
            header, rows = training_rows(name)
            random.Random(1).shuffle(rows)
            for config in args.config or [None]:
                values = []
                for fold in range(args.folds):
                    train, test = os.path.join(folder, "train.csv"), os.path.join(folder, "test.csv")
                    write(train, header, [r for i, r in enumerate(rows) if i % args.folds != fold])
                    write(test, header, [r for i, r in enumerate(rows) if i % args.folds == fold])
                    values.append(fit_and_judge(folder, train, test, fold + 1, config))
                print(f"{name:10s} {config or 'defaults':30s} C {spread(values)}", flush=True)


# ---- time ------------------------------------------------------------------------------------------------

EPOCHS, HIDDEN, RATE = 500, [48, 48], 0.01


def worker(library, table, threads, epochs, batch):
    """Trains the network of the comparison in Python; prints the seconds of training alone."""
    import warnings

    warnings.simplefilter("ignore")
    import numpy as np
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    values = np.genfromtxt(table, delimiter=",", names=True)
    columns = [c for c in values.dtype.names if c.startswith("x")]
    x = np.stack([values[c] for c in columns], 1).astype("float32")
    x = (x - x.mean(0)) / x.std(0)
    t, e = values["time"].astype("float32"), values["event"].astype("float32")
    layers, width = [], x.shape[1]
    for units in HIDDEN:
        layers += [torch.nn.Linear(width, units), torch.nn.SELU()]
        width = units
    net = torch.nn.Sequential(*layers, torch.nn.Linear(width, 1, bias=False))
    if library == "pycox":
        import torchtuples
        from pycox.models import CoxPH

        model = CoxPH(net, torchtuples.optim.Adam(RATE))
        started, cpu = time.perf_counter(), time.process_time()
        model.fit(x, (t, e), batch_size=batch or len(x), epochs=epochs, verbose=False)
    else:
        from torchsurv.loss.cox import neg_partial_log_likelihood

        optimiser = torch.optim.Adam(net.parameters(), RATE)
        xs, ts, es = torch.tensor(x), torch.tensor(t), torch.tensor(e).bool()
        started, cpu = time.perf_counter(), time.process_time()
        for _ in range(epochs):
            parts = torch.randperm(len(xs)).split(batch) if batch else [slice(None)]
            for part in parts:
                optimiser.zero_grad()
                neg_partial_log_likelihood(net(xs[part]), es[part], ts[part]).backward()
                optimiser.step()
    print(time.perf_counter() - started, time.process_time() - cpu)


def measured(command, environment):
    """(clock, CPU) of a whole process, and its standard output."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
                          check=False)
    clock, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    return clock, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, done.stdout


def ours(folder, table, threads, batch, environment):
    """Whole process, and training alone: less the same with one epoch."""
    results = []
    for epochs in (EPOCHS, 1):
        network = {"hidden": HIDDEN, "activation": "selu", "l2": 0, "optimizer": "adam", "learning_rate": RATE,
                   "lr_decay": 1, "epochs": epochs, "patience": 0}
        if batch:
            network["batch_size"] = batch
        path = os.path.join(folder, "settings.json")
        with open(path, "w") as stream:
            json.dump({"members": 1, "validation": 0, "autoencoder": {"use": "off"}, "network": network}, stream)
        results.append(measured([PROGRAM, "train", table, *OUTCOME, "--x", "x*", "--config", path, "--quiet", "--threads",
                                 str(threads), "-o", os.path.join(folder, "m.msm")], environment))
    return results[0][0], results[0][1], results[0][0] - results[1][0], results[0][1] - results[1][1]


def theirs(library, python, table, threads, batch, environment):
    clock, cpu, said = measured([python, os.path.abspath(__file__), "worker", library, table, str(threads),
                                 str(EPOCHS), str(batch)], environment)
    training, training_cpu = map(float, said.split()[-2:])
    return clock, cpu, training, training_cpu


def timing(args):
    with tempfile.TemporaryDirectory(prefix="myosurv-bench-") as folder:
        print(f"{EPOCHS} epochs, layers {HIDDEN}, selu, Adam {RATE}; medians of {args.repetitions}, seconds; in brackets "
              "how many times ours")
        for name in args.sets.split(","):
            header, rows = training_rows(name)
            table = os.path.join(folder, f"{name}.csv")
            write(table, header, rows)
            for batch in args.batch:
                for threads in args.threads:
                    compare(args, folder, name, table, len(rows), batch, threads)


def compare(args, folder, name, table, n, batch, threads):
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
    found = {"myosurv": [], "pycox": [], "torchsurv": []}
    for _ in range(args.repetitions):
        for library, results in found.items():
            if results is None:
                continue
            try:
                results.append(ours(folder, table, threads, batch, environment) if library == "myosurv" else
                               theirs(library, args.python, table, threads, batch, environment))
            except RuntimeError as error:
                if library == "myosurv":
                    raise
                print(f"{library} left out: {str(error).strip().splitlines()[-1]}")
                found[library] = None
    base = None
    for library, results in found.items():
        if not results:
            continue
        medians = [statistics.median(r[k] for r in results) for k in range(4)]
        base = base or medians
        cells = [f"{what} {value:6.2f} ({value / own:4.1f})"
                 for what, value, own in zip(("process", "its CPU", "training", "its CPU"), medians, base)]
        print(f"{name:9s} {n:5d} rows, batch {batch or 'all':>4}, {threads} thread(s)  {library:9s} " + "  ".join(cells),
              flush=True)


# ---- synthetic patients ----------------------------------------------------------------------------------

BODY = ["age_years", "stage", "sma_cm2", "smd_hu"]
# The hazard knows the amount of muscle for the sex: scores by sex and age, the density, and how coarse the fat in muscle
# is. Chosen by what they measure (their correlation with what was drawn), not by the outcome.
CHOSEN = ["age_years", "stage", "smi_z_framingham2023", "pmi_z_druckmann2024", "smd_hu", "erector_hu",
          "sm_original_glcm_ClusterProminence"]
TRUTH = ["case_id", "log_hazard_os", "z_muscle", "z_density", "z_texture"]


def joined(study, sample):
    """One table of patients: clinic, measurements, features and the true hazard; header and rows as dictionaries."""
    patients = {}
    for path in (os.path.join(sample, "truth.csv"), os.path.join(study, "tables", "features.csv"),
                 os.path.join(study, "tables", "measurements.csv"), os.path.join(sample, "cohort.csv")):
        header, rows = read(path)
        wanted = TRUTH if path.endswith("truth.csv") else header
        for row in rows:
            cells = dict(zip(header, row))
            patients.setdefault(cells["case_id"], {}).update({k: cells[k] for k in wanted})
    return [p for p in patients.values() if p.get("sma_cm2")]


def make_study(args, sample, study):
    if not os.path.exists(os.path.join(sample, "cohort.csv")):
        run("phantom", "cohort", "-o", sample, "--patients", str(args.patients), "--format", "nifti", "--slice-mm", "5",
            "--seed", "11", "--quiet")
    if not os.path.exists(os.path.join(study, "study.json")):
        run("study", "init", study, "--cohort", os.path.join(sample, "cohort.csv"), "--quiet")
        path = os.path.join(study, "study.json")
        with open(path) as stream:
            text = stream.read().replace('"liu2024"', '"default"')
        with open(path, "w") as stream:
            stream.write(text)
    if not os.path.exists(os.path.join(study, "tables", "features.csv")):
        run("study", "run", study, "--quiet")


def phantom(args):
    sample, study = os.path.join(args.folder, "sample"), os.path.join(args.folder, "study")
    make_study(args, sample, study)
    patients = joined(study, sample)
    features = [c for c in patients[0] if c.startswith("sm_")]
    body = [c for c in ("age_years", "stage", "sma_cm2", "smd_hu", "psoas_cm2", "psoas_hu", "lama_cm2", "nama_cm2",
                        "imat_cm2", "smi_cm2_m2", "pmi_cm2_m2", "smg", "smi_z_framingham2023", "pmi_z_druckmann2024",
                        "erector_hu") if c in patients[0]]
    truth = ["z_muscle", "z_density", "z_texture"]
    header = ["case_id", "time", "event", "log_hazard_os", *truth, *body, *features]
    for p in patients:
        p["time"], p["event"] = p["os_days"], p["os_event"]
    rows = [[p.get(c, "") for c in header] for p in patients]
    random.Random(1).shuffle(rows)
    with tempfile.TemporaryDirectory(prefix="myosurv-bench-") as folder:
        table = os.path.join(folder, "all.csv")
        write(table, header, rows)
        known = cindex(table, "log_hazard_os")
        print(f"{len(rows)} patients, {args.folds} parts, each predicted from the others; C of the true hazard {known:.4f}")
        kinds = (("age, stage and the true muscle", ["age_years", "stage", *truth]),
                 ("age, stage, area and density of muscle", BODY),
                 ("scores for the sex, density, one texture", CHOSEN),
                 ("all measurements", body),
                 ("all measurements and features", body + features))
        for label, columns in kinds[args.only - 1:args.only] if args.only else kinds:
            values = [crossed(folder, header, rows, args.folds, seed, columns) for seed in range(1, args.seeds + 1)]
            print(f"{label:40s} ({len(columns):3d})  C {spread(values)}  below the truth's by "
                  f"{known - statistics.mean(values):.4f}", flush=True)


def crossed(folder, header, rows, folds, seed, columns):
    """C of every patient's risk by a model that had not seen the patient."""
    train, test, predicted, model = (os.path.join(folder, f) for f in ("a.csv", "b.csv", "c.csv", "m.msm"))
    kept = []
    for fold in range(folds):
        write(train, header, [r for i, r in enumerate(rows) if i % folds != fold])
        write(test, header, [r for i, r in enumerate(rows) if i % folds == fold])
        run("train", train, *OUTCOME, "--x", ",".join(columns), "-o", model, "--seed", str(seed), "--quiet")
        run("predict", model, test, "-o", predicted)
        made, found = read(predicted)
        kept += found
    write(predicted, made, kept)
    return cindex(predicted)


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "worker":
        return worker(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:7]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="task", required=True)
    for task in ("accuracy", "cv", "time", "phantom"):
        sub = commands.add_parser(task)
        sub.add_argument("--sets", default=",".join(SETS))
        sub.add_argument("--seeds", type=int, default=10)
        sub.add_argument("--config", nargs="*")
        sub.add_argument("--folds", type=int, default=5)
        sub.add_argument("--repetitions", type=int, default=5)
        sub.add_argument("--batch", nargs="*", type=int, default=[0])
        sub.add_argument("--only", type=int, help="phantom: one set of inputs, from 1")
        sub.add_argument("--threads", nargs="*", type=int, default=[1, 2])
        sub.add_argument("--python", default=sys.executable)
        sub.add_argument("--patients", type=int, default=300)
        if task == "phantom":
            sub.add_argument("folder")
    args = parser.parse_args()
    return {"accuracy": accuracy, "cv": cv, "time": timing, "phantom": phantom}[args.task](args)


if __name__ == "__main__":
    main()
