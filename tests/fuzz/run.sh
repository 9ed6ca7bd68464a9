#!/usr/bin/env bash
# Runs every built fuzz target, or those named, for SECONDS each (default 30), from a few good files made on the spot.
#   cmake --preset fuzz && cmake --build --preset fuzz && tests/fuzz/run.sh [SECONDS [BUILD [NAME...]]]
# A crash, a hang (10 s on one input) or more than 2 GiB of memory fails; the input that did it is kept in
# BUILD/fuzz-findings. Before a release: tests/fuzz/run.sh 600.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-30}
build=$(readlink -f "${2:-build/fuzz}")
only=("${@:3}")
programs=$build/tests/fuzz
findings=$build/fuzz-findings
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$findings"

le16() { printf '%b' "$(printf '\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)))"; }
le32() { le16 $(($1 & 65535)); le16 $(($1 >> 16 & 65535)); }
zeros() { head -c "$1" /dev/zero; }

# A DICOM element with explicit VR and a short length: GROUP ELEMENT VR TEXT (of even length).
element() { le16 "$1"; le16 "$2"; printf '%s' "$3"; le16 ${#4}; printf '%s' "$4"; }

seed_dicom() {
    {
        printf '\0'
        zeros 128
        printf 'DICM'
        element 0x0002 0x0010 UI '1.2.840.10008.1.2.1 ' # explicit VR little endian
        element 0x0008 0x0060 CS 'CT'
        element 0x0020 0x0032 DS '0\0\10'
        element 0x0028 0x0004 CS 'MONOCHROME2 '
        element 0x0028 0x0030 DS '0.75\0.75 '
        for pair in 0x0002:1 0x0010:4 0x0011:4 0x0100:16 0x0101:16 0x0102:15 0x0103:1; do
            le16 0x0028; le16 "${pair%:*}"; printf 'US'; le16 2; le16 "${pair#*:}"
        done
        le16 0x7fe0; le16 0x0010; printf 'OW\0\0'; le32 32
        zeros 32
    } >"$1/explicit"
    printf '\0%s' 'not a scan' >"$1/text"
}

seed_nifti() {
    {
        le32 348
        zeros 36
        le16 3; le16 4; le16 4; le16 4; le16 1; le16 1; le16 1; le16 1
        zeros 14
        le16 4; le16 16 # 16-bit integers
        zeros 2
        for i in 1 2 3 4 5 6 7 8; do printf '\0\0\x80\x3f'; done # spacing 1
        printf '\0\0\xb0\x43'                                     # data from byte 352
        zeros 232
        printf 'n+1\0'
        zeros 132
    } >"$1/nifti"
}

seed_nrrd() {
    printf 'NRRD0004\ntype: short\ndimension: 3\nsizes: 4 4 4\nspace: left-posterior-superior\n%s\n%s\n%s\n\n' \
        'space directions: (1,0,0) (0,1,0) (0,0,1)' 'encoding: raw' 'endian: little' >"$1/attached"
    printf 'NRRD0005\n# a comment\ntype: float\ndimension: 3\nsizes: 5 4 3\nspacings: 1 2 nan\nspace units: "mm"\n%s\n%s\n' \
        'key:=value' 'encoding: gzip
data file: x.raw.gz' >"$1/detached"
}

seed_meta() {
    printf 'ObjectType = Image\nNDims = 3\nDimSize = 4 4 4\nElementSpacing = 1 1 1\nElementType = MET_SHORT\n%s\n' \
        'ElementDataFile = LOCAL' >"$1/local"
    printf 'NDims = 3\nBinaryDataByteOrderMSB = True\nCompressedData = True\nCompressedDataSize = 90\n%s\n%s\n%s\n' \
        'TransformMatrix = 1 0 0 0 1 0 0 0 1' 'Offset = 0 -1e3 2.5
DimSize = 5 4 3' 'ElementType = MET_FLOAT
ElementDataFile = x.zraw' >"$1/compressed"
}

seed_table() {
    printf 'id,time,event\n1,10.5,1\n2,NA,0\n' >"$1/plain"
    printf '\xef\xbb\xbf"a b","c ""d"""\r\n"x\ny",-inf\r\n\r\n,1e300\r\n' >"$1/quoted"
}

seed_json() {
    printf '{"a": [1, -2.5e3, true, null, "Inf"], "b": {"c": "\\u00e9\\n\\ud83d\\ude00"}}\n' >"$1/object"
    printf '[[[[]]], "", 0.1, 12345678901234567890]' >"$1/array"
}

# One input, no hidden layer, one step of baseline: 17 numbers.
seed_model() {
    local header='{"settings":{},"rows":2,"events":1,"members":1,"baseline_steps":1,"history_epochs":0,"features":["a"],'
    header+='"network":{"sizes":[1,1],"activations":[0]}}'
    local zero='\0\0\0\0\0\0\0\0' one='\0\0\0\0\0\0\xf0\x3f' number
    {
        printf '%b' "$(printf '\\x%02x\\x%02x' $((${#header} >> 8)) $((${#header} & 255)))"
        printf '%s' "$header"
        for number in "$zero" "$one" "$one" "$zero" "$zero" "$zero" "$zero" "$zero" "$zero" "$zero" "$zero" "$one" \
            "$zero" "$one" "$zero" "$one" "$one"; do printf '%b' "$number"; done
    } >"$1/small"
}

seed_yaml() {
    printf '%s\n' 'imageType:' '  Original: {}' '  LoG:' '    sigma: [1.0, 3.0]' '  Wavelet:' '    binWidth: 10' 'featureClass:' \
        '  shape:' '  firstorder: []' '  glcm:' "    - 'Autocorrelation'" 'setting:' '  binWidth: 25' \
        '  resampledPixelSpacing: [2, 2, 2]' "  interpolator: 'sitkBSpline'" '  label: 1' '  normalize: true' >"$1/whole"
    printf '{"setting": {"resegmentRange": [-29, 150], "force2D": true, "force2Ddimension": 0}}\n' >"$1/flow"
}
dict_yaml() {
    grep -ohE '"[A-Za-z]+[A-Za-z0-9]*"' src/radiomics/config_yaml.c | sort -u
    printf '"%s"\n' '&a' '*a' '<<: ' '!!float ' '--- ' '? '
}

# The first byte chooses the kind of file.
seed_config() {
    printf '\0%s' '{"myosurv_study": 1, "title": "t", "endpoints": [{"name": "os", "time": "t", "event": "e"}],
        "regions": [{"prefix": "sm_", "labels": [1, 2]}], "model": "none", "band_mm": 10, "seed": 2}' >"$1/study"
    printf '\1%s' '{"members": 2, "network": {"hidden": [8, 4], "epochs": 20, "dropout": 0.2, "learning_rate": 0.01},
        "preprocessing": {"clip": 3}, "ties": "efron"}' >"$1/training"
    printf '\2%s' '{"preset": "default", "images": ["original", "log"], "families": ["glcm"], "bin_width": 25,
        "log_sigma_mm": [1, 3], "spacing_mm": [1, 1, 0], "resegment_hu": [-29, null],
        "filters": [{"kind": "gabor", "sigma_mm": 5}]}' >"$1/features"
    printf '\3%s' '{"parameters": {"network.optimizer": {"choice": ["adam", "sgd"]}, "network.momentum": {"from": 0.5,
        "to": 0.99, "when": {"network.optimizer": ["sgd"]}}, "members": {"choice": [1, 2]}}}' >"$1/space"
    { printf '\4'; cat data/definitions.json; } >"$1/definitions"
    { printf '\5'; cat data/norms.json; } >"$1/norms"
}
# The keys of the schemas.
dict_config() { grep -ohE '"[A-Za-z_]+"' data/*.schema.json data/definitions.json | sort -u; }

seed_formula() {
    printf '%s' 'Surv(s, t, e == 1) ~ x * sex + strata(inst, sex) + cluster(grade) + offset(2 * x)' >"$1/parts"
    printf '%s' 'Surv(t, e) ~ (x + y + sex)^2 - x:y + I(x^2 / 10) + `two words` %in% c("a", "b")' >"$1/algebra"
    printf '%s' 'Surv(t,e) ~ ns(x, df = 3) + rcs(y, 3) + poly(x, 2) + ridge(x, y, theta = 2) + tt(start) - 1' >"$1/splines"
    printf '%s' 'Surv(t, e) ~ factor(grade, levels = c("low", "mid", "high")) + .' >"$1/dot"
}
dict_formula() {
    printf '"%s"\n' 'Surv(' 'strata(' 'cluster(' 'offset(' 'factor(' 'ridge(' 'ns(' 'bs(' 'rcs(' 'poly(' 'tt(' 'pspline(' 'log(' \
        'exp(' 'sqrt(' 'cut(' 'I(' 'c(' 'levels = ' 'theta = ' 'df = ' 'knots = ' 'degree = ' 'raw = TRUE' '%in%' '==' '!=' '<=' \
        '&&' '||' '~' '`two words`' 'inst' 'grade' 'sex' 'start' 'NA' 'TRUE' '1e308'
}

seed_cohort() {
    printf '%s\n' 'case_id,scan,mask,l3_slice,l3_z,phase,height_m,weight_kg,sex,age_years,cohort,split,os_days,os_event,rfs_days,rfs_event' \
        'A-1,a.nii,,12,,portal,1.7,70,m,60,main,training,100,1,50,1' 'B_2,b,m.nii,,-120.5,,,,f,NA,far,external,3,0,3,0' >"$1/whole"
    printf '%s\n' 'case_id,scan,split,os_days,os_event,rfs_days,rfs_event' '"../x",s,training,1,1,1,1' >"$1/escape"
}
dict_cohort() { grep -ohE '"[a-z_0-9]+"' src/study/cohort.c | sort -u; }

ran=0 failed=0
for program in "$programs"/fuzz_*; do
    [ -x "$program" ] && [ -f "$program" ] || continue
    name=$(basename "$program")
    if [ ${#only[@]} -gt 0 ] && [[ " ${only[*]} " != *" ${name#fuzz_} "* ]]; then continue; fi
    mkdir "$work/$name"
    if [ "$(type -t "seed_${name#fuzz_}")" = function ]; then "seed_${name#fuzz_}" "$work/$name"; fi
    words=()
    if [ "$(type -t "dict_${name#fuzz_}")" = function ]; then
        "dict_${name#fuzz_}" >"$work/$name.dict"
        words=(-dict="$work/$name.dict")
    fi
    ran=$((ran + 1))
    if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -verbosity=1 \
        -print_final_stats=1 -artifact_prefix="$findings/$name-" "${words[@]}" "$work/$name" >"$work/$name.log" 2>&1; then
        echo "$name: $(grep -oE 'number_of_executed_units: *[0-9]+' "$work/$name.log" | grep -oE '[0-9]+$') inputs," \
            "$(find "$work/$name" -type f | wc -l) that differ, no crash"
    else
        failed=$((failed + 1))
        echo "$name: FAILED; the input is in $findings" >&2
        tail -40 "$work/$name.log" >&2
    fi
done
if [ "$ran" -eq 0 ]; then
    echo "run.sh: no fuzz targets in $programs; build them: cmake --preset fuzz && cmake --build --preset fuzz" >&2
    exit 1
fi
[ "$failed" -eq 0 ]
