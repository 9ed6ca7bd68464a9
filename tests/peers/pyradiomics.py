"""myosurv beside pyradiomics 3.0.1, live: the same image, mask and parameter file to both, every feature compared.

Not part of the build or the tests. It needs Python 3.11 with pyradiomics 3.0.1, numpy < 2, SimpleITK, PyWavelets,
scikit-image, scipy and trimesh (the last three for local binary patterns). Run:

    python tests/peers/pyradiomics.py PATH/TO/myosurv [--shared ../shared] [--only WORD] [--rtol 1e-6] [--csv OUT.csv]

Without --shared the constructed cases alone are run. It prints a line a case (values compared, those beyond --rtol, the
largest relative difference), then the largest difference of each feature class and image, then every value beyond
--rtol. Exit status 1 when there is one.
"""
import argparse
import csv
import json
import logging
import os
import subprocess
import sys
import tempfile

import numpy

numpy.float = float  # pyradiomics 3.0.1 uses names that newer numpy dropped
numpy.int = int
numpy.bool = bool
import scipy.special  # noqa: E402

if not hasattr(scipy.special, "sph_harm"):  # gone from SciPy 1.17
    scipy.special.sph_harm = lambda m, n, azimuth, polar: scipy.special.sph_harm_y(n, m, polar, azimuth)
import radiomics  # noqa: E402
import SimpleITK as sitk  # noqa: E402
from radiomics import featureextractor  # noqa: E402

radiomics.logger.setLevel(logging.CRITICAL)

CLASSES = ["shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]
POINTWISE = ["Original", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient"]
ALL = POINTWISE + ["Wavelet", "LoG", "LBP2D", "LBP3D"]


def parameters(types=("Original",), classes=CLASSES, sigma=(1.0, 3.0), **setting):
    """A parameter file's content, as both programs read it (JSON is YAML)."""
    images = {name: ({"sigma": list(sigma)} if name == "LoG" else {}) for name in types}
    return {"imageType": images, "featureClass": {name: [] for name in classes}, "setting": {"binWidth": 25, **setting}}


# ---- images -----------------------------------------------------------------------------------------------------------


def image_of(array, spacing=(1, 1, 1), direction=None, origin=(0, 0, 0)):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing([float(s) for s in spacing])
    image.SetOrigin([float(o) for o in origin])
    if direction is not None:
        image.SetDirection([float(d) for d in numpy.asarray(direction).flat])
    return image


def like(array, image):
    made = sitk.GetImageFromArray(array)
    made.CopyInformation(image)
    return made


def noise(shape=(14, 22, 26), seed=1, kind="int16"):
    """Smooth structure and noise: textures of many levels."""
    rng = numpy.random.default_rng(seed)
    k, j, i = numpy.meshgrid(*(numpy.arange(n) for n in shape), indexing="ij")
    value = 60 * numpy.sin(i / 3.0) * numpy.cos(j / 4.0) + 9 * k + rng.normal(0, 25, shape)
    return numpy.round(value).astype(kind) if kind.startswith(("int", "uint")) else value.astype(kind)


def blob(shape=(14, 22, 26), seed=2, fill=0.75):
    """A ragged ellipsoid: many cubes with ambiguous faces."""
    rng = numpy.random.default_rng(seed)
    k, j, i = numpy.meshgrid(*(numpy.linspace(-1, 1, n) for n in shape), indexing="ij")
    return ((i * i + j * j + k * k < 0.7) & (rng.random(shape) < fill)).astype("uint8")


def turned(axis, degrees):
    a, (x, y, z) = numpy.radians(degrees), numpy.asarray(axis, float) / numpy.linalg.norm(axis)
    k = numpy.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return numpy.eye(3) + numpy.sin(a) * k + (1 - numpy.cos(a)) * k @ k


def constructed():
    """(name, image, mask, label, parameters)"""
    image, mask = image_of(noise(), (0.8, 0.9, 2.5)), None
    mask = like(blob(), image)
    every = parameters(ALL)
    yield "all image types, anisotropic", image, mask, 1, every
    yield "force2D, all image types", image, mask, 1, parameters(ALL, force2D=True)
    flat = numpy.zeros_like(blob())
    flat[6] = blob()[6]
    yield "one slice of a volume", image, like(flat, image), 1, parameters(ALL, CLASSES[1:] + ["shape"], force2D=True)
    yield "one slice, 2D shape", image, like(flat, image), 1, parameters(
        classes=["shape2D", "firstorder"], force2D=True)
    oblique = image_of(noise(), (0.8, 0.9, 2.5), turned((1, 2, 3), 17), (12.5, -40, 7))
    yield "oblique direction cosines", oblique, like(blob(), oblique), 1, every
    # to 1 mm some places would lie half-way between two slices of 2.5 mm: of an oblique image rounding decides
    yield "oblique, resampled", oblique, like(blob(), oblique), 1, parameters(
        ["Original", "LoG", "Wavelet"], resampledPixelSpacing=[1.1, 1.3, 1.7], interpolator="sitkBSpline")
    for order in ((2, 0, 1), (1, 2, 0), (0, 2, 1)):
        for flips in ((False, False, False), (True, False, True)):
            permuted = sitk.Flip(sitk.PermuteAxes(image, order), flips, False)
            permuted_mask = sitk.Flip(sitk.PermuteAxes(mask, order), flips, False)
            name = "stored axes %s%s" % ("".join("xyz"[o] for o in order), " reversed" if flips[0] else "")
            yield name, permuted, permuted_mask, 1, parameters(["Original", "Wavelet", "LoG", "LBP2D", "LBP3D"])
            yield name + ", force2D", permuted, permuted_mask, 1, parameters(["Original", "Wavelet"], force2D=True)
            yield name + ", resampled", permuted, permuted_mask, 1, parameters(
                ["Original", "Wavelet"], resampledPixelSpacing=[1.5, 1, 2], interpolator="sitkBSpline")
    for how in ("sitkBSpline", "sitkLinear", "sitkNearestNeighbor"):
        for spacing in ([1, 1, 1], [2, 2, 2], [0, 0, 1]):
            yield "resampled %s %s" % (how[4:], spacing), image, mask, 1, parameters(
                ["Original", "Wavelet", "LoG", "Gradient"], resampledPixelSpacing=spacing, interpolator=how, padDistance=8)
    real = image_of(noise(kind="float32"), (0.8, 0.9, 2.5))
    yield "real numbers", real, mask, 1, every
    yield "real numbers, resampled", real, mask, 1, parameters(
        ["Original", "Wavelet"], resampledPixelSpacing=[1, 1, 1], interpolator="sitkBSpline")
    yield "double precision", image_of(noise(kind="float64"), (0.8, 0.9, 2.5)), mask, 1, parameters()
    yield "normalised", image, mask, 1, parameters(ALL, normalize=True, normalizeScale=100, binWidth=5)
    yield "normalised, outliers", image, mask, 1, parameters(
        normalize=True, normalizeScale=100, removeOutliers=2, voxelArrayShift=300)
    yield "normalised, resampled", image, mask, 1, parameters(
        normalize=True, normalizeScale=100, resampledPixelSpacing=[2, 2, 2], interpolator="sitkBSpline", binWidth=5)
    yield "fixed bin number", image, mask, 1, parameters(ALL, binCount=32)
    yield "wide bins", image, mask, 1, parameters(binWidth=1000)
    yield "narrow bins", image, mask, 1, parameters(binWidth=0.5)
    yield "preCrop", image, mask, 1, parameters(ALL, preCrop=True, padDistance=6)
    for mode, bounds in (("absolute", [-50, 100]), ("relative", [0.1, 0.7]), ("sigma", [-1, 2])):
        yield "resegmented " + mode, image, mask, 1, parameters(
            ["Original", "Wavelet"], resegmentRange=bounds, resegmentMode=mode)
    yield "resegmented, shape too", image, mask, 1, parameters(resegmentRange=[-50, 100], resegmentShape=True)
    for norm in ("manhattan", "euclidean", "infinity", "no_weighting"):
        yield "weighting " + norm, image, mask, 1, parameters(weightingNorm=norm)
        yield "weighting %s, force2D" % norm, image, mask, 1, parameters(weightingNorm=norm, force2D=True)
    yield "gldm_a 2", image, mask, 1, parameters(gldm_a=2)
    labels = blob() * (1 + (numpy.arange(26) > 12) + 2 * (numpy.arange(26) > 17)).astype("uint8")
    for label in (1, 2, 4):
        yield "label %d of three" % label, image, like(labels, image), label, parameters(["Original", "Wavelet"])
    edge = numpy.zeros_like(blob())
    edge[:4, :9, :7] = blob(seed=5)[5:9, 7:16, 9:16]
    yield "at the image's corner", image, like(edge, image), 1, parameters(ALL)
    yield "at the corner, resampled", image, like(edge, image), 1, parameters(
        ["Original", "LoG"], resampledPixelSpacing=[1, 1, 1], interpolator="sitkBSpline")
    yield "the whole image", image, like(numpy.ones_like(edge), image), 1, parameters(ALL)
    for name, voxels in (("two voxels", [(6, 9, 9), (6, 9, 10)]), ("three in a corner", [(6, 9, 9), (6, 9, 10), (6, 10, 9)]),
                         ("two apart", [(6, 9, 9), (8, 12, 14)]), ("four in space", [(6, 9, 9), (7, 9, 9), (6, 10, 9), (6, 9, 10)])):
        tiny = numpy.zeros_like(edge)
        for at in voxels:
            tiny[at] = 1
        yield "tiny: " + name, image, like(tiny, image), 1, parameters(minimumROIDimensions=1)
    single = numpy.zeros_like(edge)
    single[6, 9, 9] = 1
    yield "tiny: one voxel", image, like(single, image), 1, parameters(minimumROIDimensions=1)
    yield "one grey level", image_of(numpy.full((14, 22, 26), 40, "int16"), (0.8, 0.9, 2.5)), mask, 1, parameters()
    yield "no negative value", image_of((noise() + 400).astype("uint16"), (0.8, 0.9, 2.5)), mask, 1, parameters(ALL)
    yield "dense and ragged", image, like(blob(seed=9, fill=0.5), image), 1, parameters(classes=["shape"])
    yield "LBP of radius 2", image, mask, 1, {**parameters(["LBP2D", "LBP3D"]), "imageType": {
        "LBP2D": {"lbp2DRadius": 2, "lbp2DSamples": 12}, "LBP3D": {"lbp3DLevels": 3, "lbp3DIcosphereRadius": 2}}}
    odd = image_of(noise((15, 21, 25), 7), (1, 1, 1))
    yield "odd sizes", odd, like(blob((15, 21, 25)), odd), 1, parameters(ALL)


SCANS = [("totalseg", 74, "totalseg/example_ct.nii.gz"), ("crlm1006", 10, "crlm1006"), ("acrin", 49, "acrin"),
         ("pancreas", 46, "pancreas"), ("tcga", 130, "tcga"), ("cort", 44, "cort")]


def read_scan(path):
    if not os.path.isdir(path):
        return sitk.ReadImage(path)
    series = sitk.ImageSeriesReader()
    names = max((series.GetGDCMSeriesFileNames(path, s) for s in series.GetGDCMSeriesIDs(path)), key=len)
    series.SetFileNames(names)
    return series.Execute()


def placed(contour, scan):
    """The contour's slice on the scan's grid."""
    return sitk.Resample(sitk.ReadImage(contour), scan, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)


def clinical(shared):
    for name, _, path in SCANS:
        scan = read_scan(os.path.join(shared, "ct", path))
        mask = placed(os.path.join(shared, "ct", "contours", name + "_a.nii.gz"), scan)
        array = sitk.GetArrayFromImage(mask)
        if not array.any():
            raise SystemExit(name + ": the contour does not lie on the scan")
        k = int(numpy.nonzero(array.any(axis=(1, 2)))[0][0])
        for label, muscle in ((1, "muscle"), (2, "psoas")):
            yield "%s %s, one slice" % (name, muscle), scan, mask, label, parameters()
        yield name + " psoas, one slice, force2D", scan, mask, 3, parameters(
            ["Original", "Wavelet", "Gradient", "LBP2D"], CLASSES[1:], force2D=True, binWidth=10)
        # a piece of the scan: filters see less, and both programs the same
        low, high = max(k - 9, 0), min(k + 9, scan.GetDepth() - 1)
        piece = scan[:, :, low:high + 1]
        values = sitk.GetArrayFromImage(piece)
        solid = numpy.zeros(values.shape, "uint8")
        for s in range(max(k - low - 3, 0), min(k - low + 4, len(solid))):
            solid[s] = (array[k] == 2) & (values[s] >= -29) & (values[s] <= 150)
        solid = like(solid, piece)
        yield name + " psoas in 3D, all images", piece, solid, 1, parameters(
            ["Original", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient", "Wavelet", "LoG", "LBP3D"])
        yield name + " psoas in 3D, resampled", piece, solid, 1, parameters(
            ["Original", "Wavelet", "LoG"], resampledPixelSpacing=[1, 1, 1], interpolator="sitkBSpline", padDistance=10)
        yield name + " psoas in 3D, normalised", piece, solid, 1, parameters(
            normalize=True, normalizeScale=100, removeOutliers=3, binWidth=5)
        yield name + " psoas in 3D, bin number, resegmented", piece, solid, 1, parameters(
            binCount=32, resegmentRange=[-29, 150], resegmentShape=True)
        yield name + " psoas in 3D, force2D", piece, solid, 1, parameters(["Original", "Wavelet"], force2D=True)
    vertebra = os.path.join(shared, "ct", "totalseg", "vertebrae.nii.gz")
    scan = read_scan(os.path.join(shared, "ct", SCANS[0][2]))
    mask = placed(vertebra, scan)
    for label in (29, 33):
        yield "totalseg vertebra %d" % label, scan, mask, label, parameters(["Original", "Wavelet", "LoG", "Square"])
    for case in ("brain1", "breast1"):
        pair = [sitk.ReadImage(os.path.join(shared, "pyradiomics", "data", "%s_%s.nrrd" % (case, part)))
                for part in ("image", "label")]
        yield case + ", all images", pair[0], pair[1], 1, parameters(ALL)
        yield case + ", resampled", pair[0], pair[1], 1, parameters(
            resampledPixelSpacing=[2, 2, 2], interpolator="sitkBSpline")


# ---- comparing --------------------------------------------------------------------------------------------------------


def theirs(image, mask, label, params, folder):
    path = os.path.join(folder, "params.yaml")
    with open(path, "w") as file:
        json.dump({**params, "setting": {**params["setting"], "label": label}}, file)
    try:
        result = featureextractor.RadiomicsFeatureExtractor(path).execute(image, mask)
    except Exception as error:  # its answer to a region that it does not take
        return path, None, str(error)
    return path, {k: float(v) for k, v in result.items() if not k.startswith("diagnostics")}, ""


def ours(program, image, mask, path, folder):
    files = [os.path.join(folder, name) for name in ("image.nrrd", "mask.nrrd")]
    for file, what in zip(files, (image, mask)):
        sitk.WriteImage(what, file)
    run = subprocess.run([program, "features", *files, "--config", path, "--format", "json"], capture_output=True, text=True)
    if run.returncode != 0:
        return None, run.stderr.strip()
    return json.loads(run.stdout)["regions"][0], ""


def difference(a, b):
    if a == b or (a is None and b != b):
        return 0.0
    if a is None or b != b:
        return float("inf")
    if abs(a - b) < 1e-13:  # an entropy of one level is -3e-16 there
        return 0.0
    return abs(a - b) / max(abs(b), 1e-12)


def compare(name, region, values, rtol, worst, bad):
    count, beyond, top = 0, 0, 0.0
    for feature, value in values.items():
        mine = region["features"].get(feature)
        d = difference(mine, value)
        count += 1
        top = max(top, d)
        image, family = feature.split("_")[:2]
        key = (image, family)
        worst[key] = max(worst.get(key, (0.0, "", "")), (d, feature, name))
        if d > rtol:
            beyond += 1
            bad.append((name, feature, mine, value, region["missing"].get(feature, ""), d))
    for feature in region["features"]:
        if feature not in values and region["features"][feature] is not None:
            bad.append((name, feature, region["features"][feature], None, "not there in pyradiomics", float("nan")))
            beyond += 1
    return count, beyond, top


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--shared")
    parser.add_argument("--only", default="")
    parser.add_argument("--rtol", type=float, default=1e-6)
    parser.add_argument("--csv")
    args = parser.parse_args()
    worst, bad, total = {}, [], 0
    sources = [constructed()] + ([clinical(args.shared)] if args.shared else [])
    for source in sources:
        for name, image, mask, label, params in source:
            if args.only not in name:
                continue
            with tempfile.TemporaryDirectory() as folder:
                path, values, refusal = theirs(image, mask, label, params, folder)
                region, error = ours(args.program, image, mask, path, folder)
            if values is None or region is None:
                print("%-50s pyradiomics: %s | myosurv: %s" % (name, refusal or "done", error or "done"), flush=True)
                if values is not None:
                    bad.append((name, "(refused)", None, None, error, float("inf")))
                continue
            count, beyond, top = compare(name, region, values, args.rtol, worst, bad)
            total += count
            print("%-50s %5d values, %3d beyond, largest %.2g" % (name, count, beyond, top), flush=True)
    print("\nlargest relative difference by image and class, of %d values" % total)
    for (image, family), (d, feature, name) in sorted(worst.items()):
        print("%-24s %-12s %9.2g  %s (%s)" % (image, family, d, feature.split("_")[2], name))
    print("\nbeyond %g: %d" % (args.rtol, len(bad)))
    for row in bad:
        print("%s: %s ours %r pyradiomics %r %s %.3g" % row)
    if args.csv:
        with open(args.csv, "w", newline="") as file:
            csv.writer(file).writerows([["case", "feature", "ours", "pyradiomics", "reason", "difference"], *bad])
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
