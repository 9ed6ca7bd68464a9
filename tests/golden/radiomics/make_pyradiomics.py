"""How pyradiomics_3d.csv and pyradiomics_2d.csv were made: pyradiomics 3.0.1, SimpleITK 2.5, PyWavelets 1.9, numpy 1.26.

The image is a formula in whole numbers (tests/radiomics/synthetic.h has the same), so that nothing but numbers is kept.
Run: python make_pyradiomics.py OUTDIR. Not part of the build or the tests.
"""
import csv
import logging
import os
import sys

import numpy

numpy.float = float  # pyradiomics 3.0.1 uses a name that newer numpy dropped
import pywt
import radiomics
import SimpleITK as sitk
from radiomics import featureextractor, shape2D

radiomics.logger.setLevel(logging.CRITICAL)
N = (24, 20, 7)
FAMILIES = ["firstorder", "glcm", "glrlm", "glszm", "ngtdm"]


def synthetic():
    k, j, i = numpy.meshgrid(*(numpy.arange(n) for n in N[::-1]), indexing="ij")
    value = (7 * i * i + 11 * j * j + 13 * k * k + 5 * i * j + 3 * j * k) % 97 * 2 - 60 + 3 * i - 2 * j + 4 * k
    inside = 4 * (i - 11) ** 2 + 6 * (j - 9) ** 2 + 30 * (k - 3) ** 2 < 280
    inside &= (i + 2 * j + 3 * k) % 11 != 0
    return value.astype("int16"), inside.astype("uint8")


def to_image(array, spacing):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    return image


def extract(image, mask, force2d, types, families):
    extractor = featureextractor.RadiomicsFeatureExtractor(force2D=force2d, binWidth=25)
    extractor.disableAllImageTypes()
    for name in types:
        extractor.enableImageTypeByName(name, customArgs={"sigma": [1.0, 3.0, 5.0]} if name == "LoG" else None)
    extractor.disableAllFeatures()
    for name in families:
        extractor.enableFeatureClassByName(name)
    result = extractor.execute(image, mask)
    return {key: float(value) for key, value in result.items() if not key.startswith("diagnostics")}


def rename(features, image):
    return {key.replace("original", image, 1): value for key, value in features.items()}


def write(path, features):
    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["feature", "value"])
        for key, value in features.items():
            out.writerow([key, repr(value)])


def main(folder):
    value, inside = synthetic()
    spacing = (0.8, 0.9, 2.5)
    image, mask = to_image(value, spacing), to_image(inside, spacing)
    types = ["Original", "Wavelet", "LoG", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient"]
    features = extract(image, mask, False, types, FAMILIES)
    features.update(extract(image, mask, False, ["Original"], ["gldm"]))
    write(os.path.join(folder, "pyradiomics_3d.csv"), features)

    flat, flat_mask = to_image(value[3:4], spacing), to_image(inside[3:4], spacing)
    types.remove("LoG")
    features = extract(flat, flat_mask, True, types, FAMILIES)
    features.update(extract(flat, flat_mask, True, ["Original"], ["gldm"]))
    shape = shape2D.RadiomicsShape2D(flat, flat_mask, force2D=True, force2Ddimension=0)
    shape.enableAllFeatures()
    features.update({"original_shape2D_" + key: float(number) for key, number in shape.execute().items()})
    for sigma in (1, 3, 5):  # pyradiomics has no LoG of a slice; this is ITK's in two dimensions
        log = sitk.LaplacianRecursiveGaussianImageFilter()
        log.SetNormalizeAcrossScale(True)
        log.SetSigma(sigma)
        array = sitk.GetArrayFromImage(log.Execute(to_image(value[3], spacing[:2])))
        filtered = extract(to_image(array[None], spacing), flat_mask, True, ["Original"], FAMILIES)
        features.update(rename(filtered, "log-sigma-%d-0-mm-2D" % sigma))
    # axes (x, y), so that the first letter is x
    bands = pywt.swt2(value[3].astype(float).T, "coif1", level=2, trim_approx=False)[0]
    named = {"LL": bands[0], "LH": bands[1][1], "HL": bands[1][0], "HH": bands[1][2]}
    for name, band in named.items():
        filtered = extract(to_image(band.T[None], spacing), flat_mask, True, ["Original"], FAMILIES)
        features.update(rename(filtered, "wavelet2-" + name))
    write(os.path.join(folder, "pyradiomics_2d.csv"), features)


main(sys.argv[1])
