"""How pyradiomics_ways.csv was made: pyradiomics 3.0.1, SimpleITK 2.5, PyWavelets 1.9, numpy 1.26.

Its ways with stored axes, resampling, weights, distances and meshes, on the image of make_pyradiomics.py and on a ragged mask.
Run: python make_pyradiomics_ways.py OUTDIR. Not part of the build or the tests.
"""
import csv
import logging
import os
import sys

import numpy

numpy.float = float  # pyradiomics 3.0.1 uses a name that newer numpy dropped
import radiomics
import SimpleITK as sitk
from radiomics import featureextractor

radiomics.logger.setLevel(logging.CRITICAL)


def grid(n):
    k, j, i = numpy.meshgrid(*(numpy.arange(m) for m in n[::-1]), indexing="ij")
    return i, j, k


def image_of(array, spacing):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    return image


def synthetic():
    i, j, k = grid((24, 20, 7))
    value = (7 * i * i + 11 * j * j + 13 * k * k + 5 * i * j + 3 * j * k) % 97 * 2 - 60 + 3 * i - 2 * j + 4 * k
    inside = 4 * (i - 11) ** 2 + 6 * (j - 9) ** 2 + 30 * (k - 3) ** 2 < 280
    inside &= (i + 2 * j + 3 * k) % 11 != 0
    return image_of(value.astype("int16"), (0.8, 0.9, 2.5)), image_of(inside.astype("uint8"), (0.8, 0.9, 2.5))


def cubic():
    """Voxels of 3 mm: of the new ones of 1 mm every third lies on an old one."""
    pair = synthetic()
    for image in pair:
        image.SetSpacing((3, 3, 3))
    return pair


def ragged():
    i, j, k = grid((15, 13, 11))
    inside = (3 * i * i + 5 * j * k + 7 * i * j + 11 * k * k + i * j * k) % 7 < 4
    inside &= (i > 0) & (j > 0) & (k > 0) & (i < 14) & (j < 12) & (k < 10)
    return image_of((i + j + k).astype("int16"), (0.7, 1.1, 1.9)), image_of(inside.astype("uint8"), (0.7, 1.1, 1.9))


def extract(pair, types, families, **setting):
    extractor = featureextractor.RadiomicsFeatureExtractor(binWidth=25, **setting)
    extractor.disableAllImageTypes()
    for name in types:
        extractor.enableImageTypeByName(name)
    extractor.disableAllFeatures()
    for name in families:
        extractor.enableFeatureClassByName(name)
    return {k: float(v) for k, v in extractor.execute(*pair).items() if not k.startswith("diagnostics")}


def main(folder):
    pair = synthetic()
    permuted = [sitk.PermuteAxes(image, (2, 0, 1)) for image in pair]
    turned = [sitk.Flip(image, (True, False, True), False) for image in permuted]
    cases = {
        "permuted": extract(permuted, ["Original", "Wavelet"], ["shape", "glcm"], force2D=True),
        "permuted_reversed": extract(turned, ["Original", "Wavelet"], ["firstorder", "glcm"]),
        "linear": extract(pair, ["Original"], ["shape", "firstorder", "glcm"], resampledPixelSpacing=[0, 0, 1],
                          interpolator="sitkLinear"),
        "spline": extract(cubic(), ["Original"], ["firstorder", "glcm"], resampledPixelSpacing=[1, 1, 1],
                          interpolator="sitkBSpline"),
        "manhattan": extract(pair, ["Original"], ["glcm", "glrlm"], weightingNorm="manhattan"),
        "distances": extract(pair, ["Original"], ["glcm", "ngtdm", "gldm", "glrlm"], distances=[1, 3]),
        "distance_2d": extract(pair, ["Original"], ["glcm", "ngtdm", "gldm"], distances=[2], force2D=True, gldm_a=2),
        "ragged": extract(ragged(), ["Original"], ["shape"]),
    }
    with open(os.path.join(folder, "pyradiomics_ways.csv"), "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["case", "feature", "value"])
        for case, features in cases.items():
            for key, value in features.items():
                out.writerow([case, key, repr(value)])


main(sys.argv[1])
