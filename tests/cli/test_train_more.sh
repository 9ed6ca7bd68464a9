# myosurv train: strata, watched tables, checkpoint, device, as a user would run them.
says() { grep -q -- "$1" err || fail "the error does not say '$1': $(cat err)"; }

# The baseline hazard differs fourfold between the sites, and x2 follows the site.
awk 'BEGIN { srand(5); print "case_id,time_days,event,x1,x2,site"
    for (i = 1; i <= 160; i++) {
        s = i % 2; a = rand() * 2 - 1; b = s + rand()
        t = -log(1 - rand()) * 600 * exp(-a) * (s ? 1 : 4); c = 200 + 1800 * rand()
        printf "p%d,%.3f,%d,%.4f,%.4f,%d\n", i, t < c ? t : c, t < c, a, b, s
    } }' >train.csv
head -61 train.csv >part.csv
echo '{"members": 1, "validation": 0, "network": {"hidden": [], "l2": 0, "optimizer": "sgd", "nesterov": true,
  "learning_rate": 0.5, "lr_decay": 1, "epochs": 2000}, "preprocessing": {"clip": 0}}' >cox.json
echo '{"members": 2, "network": {"epochs": 40, "batch_size": 32, "norm": "batch", "schedule": "cosine"}}' >quick.json

# No hidden layer is Cox regression with strata: the slope of x2 is that of `myosurv cox`.
expect 0 "$MYOSURV" cox train.csv -f 'Surv(time_days, event) ~ x1 + x2 + strata(site)'
slope=$(awk '$1 == "x2" { print $2; exit }' out)
expect 0 "$MYOSURV" train train.csv --time time_days --event event --strata site --config cox.json -o strata.model
grep -q "^inputs	2 of 2" out || fail "the stratum is an input: $(cat out)"
printf 'x1,x2\n0,0\n0,1\n' >two.csv
expect 0 "$MYOSURV" predict strata.model two.csv -o two_out.csv
ours=$(awk -F, 'NR > 1 { r[NR] = $3 } END { printf "%.6f", r[3] - r[2] }' two_out.csv)
awk -v a="$slope" -v b="$ours" 'BEGIN { exit !((a - b) ^ 2 < 1e-8) }' || fail "slope $ours, cox says $slope"
expect 3 "$MYOSURV" train train.csv --time time_days --event event --strata nowhere -o x.model

# Watched tables add two columns each and change no other byte of the record.
expect 0 "$MYOSURV" train train.csv --time time_days --event event --x 'x*' --config quick.json --history a.csv -o a.model
expect 0 "$MYOSURV" train train.csv --time time_days --event event --x 'x*' --config quick.json --history b.csv -o b.model \
    --watch part=part.csv --watch all=train.csv --device cpu
[ "$(head -1 b.csv)" = "$(head -1 a.csv),loss_part,c_part,loss_all,c_all" ] || fail "history header: $(head -1 b.csv)"
cut -d, -f1-9 b.csv | cmp - a.csv || fail "watching changed the training"
expect 2 "$MYOSURV" train train.csv --time time_days --event event --watch part.csv -o x.model
says "NAME=TABLE"

# Killed, and started again: the same bytes, and no checkpoint is left.
echo '{"members": 2, "network": {"epochs": 4000, "patience": 0, "dropout": 0.2, "batch_size": 16}}' >long.json
trained=(train train.csv --time time_days --event event --x 'x*' --config long.json)
long() { "$MYOSURV" "${trained[@]}" "$@"; }
"$MYOSURV" "${trained[@]}" -o killed.model >/dev/null 2>&1 &
pid=$!
for _ in $(seq 100); do
    [ -e killed.model.checkpoint ] && break
    sleep 0.1
done
kill -9 $pid 2>/dev/null && killed=yes
wait $pid 2>/dev/null || true
if [ -n "${killed:-}" ] && [ -e killed.model.checkpoint ]; then
    expect 3 long --seed 9 -o killed.model
    says "other seed"
fi
expect 0 long -o killed.model
expect 0 long --checkpoint none -o whole.model
cmp killed.model whole.model || fail "a killed training ends in other bytes"
[ ! -e killed.model.checkpoint ] || fail "the checkpoint is still there"

# The program's own engine and libtorch take the same steps: the risks agree to rounding.
echo '{"members": 2, "network": {"epochs": 60}}' >short.json
for device in cpu libtorch; do
    expect 0 "$MYOSURV" train train.csv --time time_days --event event --x 'x*' --config short.json --device $device -o $device.model
    expect 0 "$MYOSURV" predict $device.model train.csv -o $device.csv
done
mkdir broken && echo no module >broken/ms_torch.so
export MYOSURV_MODULE_DIR_KEPT=$MYOSURV_MODULE_DIR MYOSURV_MODULE_DIR=$PWD/broken
expect 1 "$MYOSURV" train train.csv --time time_days --event event --device libtorch -o x.model
says "install the package libtorch"
expect 0 "$MYOSURV" train train.csv --time time_days --event event --config short.json --device cpu -o x.model
export MYOSURV_MODULE_DIR=$MYOSURV_MODULE_DIR_KEPT
paste -d, <(cut -d, -f1,7 cpu.csv) <(cut -d, -f7 libtorch.csv) |
    awk -F, 'NR > 1 { d = $2 - $3; if (d * d > 1e-16) exit 1; n++ } END { exit n != 160 }' || fail "the engines' risks differ"
