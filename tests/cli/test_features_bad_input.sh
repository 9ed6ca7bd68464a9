# myosurv features: what it says of masks, images and settings that cannot be measured, or only in part.
python3 - <<'PY'
import struct


def write(name, values, n, spacing=(1, 1, 2), origin=(0, 0, 0), code=16, time=1):
    """A small NIfTI file; code 2 bytes, 4 whole numbers, 16 real numbers, 128 red, green and blue"""
    header = bytearray(348)
    struct.pack_into('<i', header, 0, 348)
    struct.pack_into('<8h', header, 40, 4 if time > 1 else 3, *n, time, 1, 1, 1)
    struct.pack_into('<2h', header, 70, code, {2: 8, 4: 16, 16: 32, 128: 24}[code])
    struct.pack_into('<8f', header, 76, 1, *spacing, 1, 1, 1, 1)
    struct.pack_into('<3f', header, 108, 352, 1, 0)
    struct.pack_into('<2h', header, 252, 0, 1)
    for row in range(3):
        struct.pack_into('<4f', header, 280 + 16 * row, *[spacing[row] if c == row else 0 for c in range(3)], origin[row])
    header[344:348] = b'n+1\0'
    with open(name + '.nii', 'wb') as file:
        file.write(bytes(header) + b'\0' * 4 + struct.pack('<%d%s' % (len(values), {2: 'B', 4: 'h', 16: 'f', 128: 'B'}[code]), *values))


n = (12, 10, 6)
cells = [(i, j, k) for k in range(6) for j in range(10) for i in range(12)]
value = [float((i * 7 + j * 13 + k * 31) % 97) for i, j, k in cells]
inside = [int(2 <= i <= 8 and 2 <= j <= 7 and 1 <= k <= 4) for i, j, k in cells]
changed = lambda values, at, x: [x if c == at else v for c, v in zip(cells, values)]
write('image', value, n)
write('mask', inside, n, code=2)
write('empty', [0] * 720, n, code=2)
write('one', changed([0] * 720, (5, 5, 3), 1), n, code=2)
write('slice', [x if c[2] == 3 else 0 for x, c in zip(inside, cells)], n, code=2)
write('corner', [int(i < 4 and j < 3 and k < 2) for i, j, k in cells], n, code=2)
write('flat', [40.0] * 720, n)
write('thicker', inside, n, spacing=(1, 1, 3), code=2)
write('moved', inside, n, origin=(5, 0, 0), code=2)
write('hair', inside, n, origin=(0.01, 0, 0), code=2)
write('more', inside, n, origin=(0.05, 0, 0), code=2)
write('away', [1] * 120, (12, 10, 1), origin=(0, 0, 400), code=2)
write('nan_in', changed(value, (5, 5, 3), float('nan')), n)
write('nan_out', changed(value, (0, 0, 0), float('nan')), n)
write('inf_in', changed(value, (5, 5, 3), float('inf')), n)
write('half', [0.5 * x for x in inside], n)
write('many', [x * 300 for x in inside], n, code=4)
write('movie', value * 2, n, time=2)
write('colour', [1] * 2160, n, code=128)
write('labels', [x * (1 + (i > 5)) for x, (i, j, k) in zip(inside, cells)], n, code=2)
write('wide', [1e9 * v for v in value], n)
PY
feature() { "$MYOSURV" features "$1.nii" "$2.nii" "${@:3}"; }
fails() { # image, mask, file that must be named, what must be said, more options
    expect_error 3 "$4" "$MYOSURV" features "$1.nii" "$2.nii" "${@:5}"
    says "$3.nii" err.txt
}

# masks
fails image empty empty "the mask is empty"
fails image empty empty "it is empty" --label 1
fails image labels labels "no voxel with label 7; it has 1, 2" --label 7
fails image thicker thicker "1 x 1 x 3 mm.*the scan 12 x 10 x 6 voxels of 1 x 1 x 2 mm"
fails image moved moved "corners are up to 5 mm apart"
fails image away away "does not lie on the scan's grid.*draw or resample the mask"
fails image half half "holds the value 0.5"
fails image many many "holds the value 300"
# the rule: 0.02 of a voxel
feature image hair >/dev/null
fails image more more "0.02 of a voxel is let pass"

# images
fails nan_in mask nan_in "no finite number"
fails nan_out mask nan_out "no finite number"
fails inf_in mask inf_in "give them a value"
fails movie mask movie "holds 2 images"
fails colour mask colour "datatype 128 is not read"
fails image movie movie "holds 2 images"
fails image colour colour "datatype 128 is not read"
feature wide mask >/dev/null 2>err.txt
says "taken for padding" err.txt
fails wide mask wide "more than 4096 grey levels" --preset pyradiomics

# a number of bins that would take gigabytes
echo '{"bin_count": 100000000}' >bins.json
expect_error 3 "bin_count 100000000 is more than 4096" "$MYOSURV" features image.nii mask.nii --config bins.json

# several labels: a row each; one region of two
[ "$(feature image labels | wc -l)" -eq 3 ] || fail "two labels, two rows"
[ "$(feature image labels --label 1,2 | wc -l)" -eq 2 ] || fail "a union, one row"

# what has no value has a reason, in a column that is there: reasons N WORD FILE
reasons() { [ "$(cut -d, -f6 "$3" | grep -cx "$2")" -eq "$1" ] || fail "not $1 times $2: $(cut -d, -f6 "$3" | sort | uniq -c)"; }
feature image one --preset liu2024 --format long >one.csv
[ "$(wc -l <one.csv)" -eq 1344 ] || fail "one voxel: columns are not there"
reasons 680 no_pairs one.csv
grep -q '^image.nii,one.nii,1,original_firstorder_Mean,96,$' one.csv || fail "one voxel has a mean"
feature image one --preset pyradiomics --format long >one.csv
[ "$(wc -l <one.csv)" -eq 108 ] || fail "one voxel, pyradiomics: columns are not there"
feature flat mask --preset liu2024 --format long >flat.csv
[ "$(wc -l <flat.csv)" -eq 1344 ] || fail "one level: columns are not there"
grep -q ',original_glcm_Correlation,1,$' flat.csv || fail "one level: pyradiomics' limit of the correlation"
grep -q ',original_ngtdm_Coarseness,1000000,$' flat.csv || fail "one level: pyradiomics' limit of the coarseness"
echo '{"resegment_hu": [500, 600]}' >none.json
feature image mask --config none.json --format long >none.csv
grep -q ',original_firstorder_Mean,,empty_intensity_mask$' none.csv || fail "resegmentation to nothing has no reason"

# one slice: filters in its plane, no column lost; pyradiomics' own preset says why it has none
feature image slice --preset liu2024 --format long >slice.csv
[ "$(wc -l <slice.csv)" -eq 1344 ] || fail "one slice: columns are not there"
[ "$(grep -c ',log-sigma-.*-mm-2D_[^,]*,[-0-9.e+]*,$' slice.csv)" -eq 237 ] || fail "one slice: LoG in the plane"
[ "$(grep -c ',wavelet2*-[LH]*_[^,]*,[-0-9.e+]*,$' slice.csv)" -eq 632 ] || fail "one slice: wavelets in the plane"
echo '{"preset": "pyradiomics", "images": ["original", "log"], "log_sigma_mm": [2]}' >log.json
python3 - <<'PY'
data = open('image.nii', 'rb').read(), open('slice.nii', 'rb').read()
for name, d, size in zip(('image', 'slice'), data, (4, 1)):  # slice 3 alone
    header = bytearray(d[:352])
    header[46:48] = b'\1\0'
    open(name + '_alone.nii', 'wb').write(bytes(header) + d[352 + 360 * size:352 + 480 * size])
PY
feature image_alone slice_alone --config log.json --format long >alone.csv
reasons 93 too_small alone.csv
feature image_alone slice_alone --preset liu2024 --format long >alone2.csv
[ "$(grep -c ',log-sigma-.*,$' alone2.csv)" -eq 237 ] || fail "a slice alone has no LoG"
feature image corner --preset liu2024-3d >/dev/null || fail "a region in the image's corner"
echo ok
