# Figures 4 and 5, methods and checklists of a study: what is there, that the page says plainly what cannot be there
# (a group without events, no covariates, no group beside the training group, no network), and that only what was done
# is said.
"$MYOSURV" phantom cohort -o sample --patients 8 --seed 5 --matrix 96 --slice-mm 10

# make_table SPLITS TRAINING_EVENTS OTHER_EVENTS: four training patients, then two internal, two external ones
make_table() {
    python3 - "$@" <<'PY'
import csv, sys
splits, training, other = sys.argv[1:]
rows = list(csv.DictReader(open('sample/cohort.csv')))
for i, row in enumerate(rows):
    split = 'training' if i < 4 or splits == 'one' else 'internal' if i < 6 else 'external'
    row['split'], row['cohort'] = split, 'far' if split == 'external' else 'main'
    row['os_event'] = training if i < 4 else other if i < 6 else '1'
    row['grade'] = ['low', 'high', 'low'][i % 3]
with open('sample/table.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
PY
}
# settings JSON: the study's settings with one endpoint and these
settings() {
    python3 - "$1" <<'PY'
import json, sys
s = json.load(open('study/study.json'))
s['endpoints'] = s['endpoints'][:1]
for key in ('covariates', 'times', 'horizon'):
    s.pop(key, None)
s['model'] = 'none' # the classical way, which is quicker
s.update(json.loads(sys.argv[1]))
json.dump(s, open('study/study.json', 'w'))
PY
}

make_table three 1 0
"$MYOSURV" study init study --cohort sample/table.csv --preset default
{ echo case_id,accept; cut -d, -f1 sample/table.csv | tail -n +2 | sed 's/$/,yes/'; } >study/corrections.csv

# A covariate that is not there, or is what is to be predicted, is refused before any case is done.
settings '{"covariates": ["ages"]}'
code=0; "$MYOSURV" study run study >out.txt 2>err.txt || code=$?
[ "$code" -eq 3 ] && has 'covariates.*ages' <err.txt
[ ! -e study/cases ] || [ -z "$(find study/cases -name done.json)" ]
settings '{"covariates": ["os_event"]}'
code=0; "$MYOSURV" study run study >out.txt 2>err.txt || code=$?
[ "$code" -eq 3 ] && has 'is what is to be predicted' <err.txt
settings '{"times": [365, 100]}'
code=0; "$MYOSURV" study run study >out.txt 2>err.txt || code=$?
[ "$code" -eq 3 ] && has 'ascending' <err.txt

# Named covariates, a group without events.
settings '{"covariates": ["age", "grade"], "times": [200, 400], "horizon": 400}'
"$MYOSURV" study run study >out.txt 2>err.txt || { cat err.txt; exit 1; }
for file in figures/figure4_risk_os.svg figures/figure5_os_c.svg tables/risk_distribution.csv tables/comparison.csv \
    tables/comparison_curves.csv tables/methods.txt tables/checklist_tripod_ai.csv tables/checklist_clear.csv; do
    [ -s "study/$file" ] || { echo "missing study/$file"; exit 1; }
done
for id in network comparison methods checklist; do
    has "<h2 id=\"$id\">" <study/report.html
done
has 'Figure 4\. The network' <study/report.html
has 'No event in this group' <study/report.html
has 'seen in training: optimistic' <study/report.html
has 'clinical covariates (age, grade; missing values' <study/tables/methods.txt
has '200 and 400 days; reclassification, decision curves and calibration at 400 days' <study/tables/methods.txt
has 'Cox regression of age, grade: high' <study/tables/comparison.csv
has '^os,internal,no,network,network,Deep Cox network,yes,c,,2,0,,' <study/tables/comparison.csv
has '^12d,.*Every external cohort' <study/tables/checklist_tripod_ai.csv
[ ! -e study/figures/figure5_os_auc_internal.svg ]

# No covariates; nobody outside the training group.
make_table one 1 1
cp sample/table.csv study/cohort.csv
settings '{"covariates": []}'
"$MYOSURV" study run study >out.txt 2>err.txt || { cat err.txt; exit 1; }
has 'Every patient is a training patient' <study/report.html
has 'No clinical covariate' <study/report.html
lacks 'clinical covariates' study/tables/methods.txt
has 'There was no group beside the training group' <study/tables/methods.txt
has '^12d,.*Not in this study: there is no external group' <study/tables/checklist_tripod_ai.csv
[ ! -e study/figures/figure5_os_c.svg ]

# No event to learn from: no network, and nothing is said of one.
make_table three 0 1
cp sample/table.csv study/cohort.csv
settings '{}'
"$MYOSURV" study run study >out.txt 2>err.txt || { cat err.txt; exit 1; }
has 'No network was trained for this endpoint' <study/report.html
has 'Overall survival: no network was trained' <study/tables/methods.txt
lacks 'The network was compared|Katzman|eclassification: ' study/tables/methods.txt
lacks '^os,[a-z]*,[a-z]*,network,' study/tables/comparison.csv
