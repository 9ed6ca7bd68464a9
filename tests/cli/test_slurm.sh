# A study on a real Slurm: munged, slurmctld and two slurmd on this machine's loopback. The array comes from the shipped
# template; a node is killed under it with all that runs there, as by a power cut, and comes back; Slurm runs its task again,
# and the tables are those of one process.
skip() {
    echo "skipped: $*"
    exit 0
}
[ "$(id -u)" -eq 0 ] || skip "a Slurm of its own needs root"
for program in munged slurmctld slurmd sbatch squeue scontrol; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || skip "$program is not installed (Debian: slurm-wlm, munge)"
done
[ -z "${SLURM_CONF-}" ] || skip "this is a Slurm job or host already (SLURM_CONF is set)"
PATH=$PATH:/usr/sbin
top=$PWD/slurm
export SLURM_CONF=$top/slurm.conf

# ---- the cluster ---------------------------------------------------------------------------------------------------------
# Three ports in a row that nobody listens on.
ports=$(python3 - <<'PY'
import random, socket
while True:
    first = random.randrange(20000, 60000, 4)
    try:
        held = []
        for port in range(first, first + 3):
            s = socket.socket()
            s.bind(('127.0.0.1', port))
            held.append(s)
        print(first)
        break
    except OSError:
        pass
PY
)
mkdir -p "$top/state" "$top/n1" "$top/n2"
chmod 755 . "$top"
dd if=/dev/urandom of="$top/munge.key" bs=1024 count=1 status=none
chmod 400 "$top/munge.key"
host=$(hostname -s)
cat >"$SLURM_CONF" <<CONF
ClusterName=myosurv-test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$ports
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$top/munge.sock
StateSaveLocation=$top/state
SlurmctldPidFile=$top/slurmctld.pid
SlurmctldLogFile=$top/slurmctld.log
SlurmdSpoolDir=$top/%n
SlurmdPidFile=$top/%n.pid
SlurmdLogFile=$top/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
# A node that died is found out and used again quickly.
SlurmdTimeout=3
MessageTimeout=2
BatchStartTimeout=1
ReturnToService=2
KillWait=2
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0,batch_sched_delay=0
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((ports + 1))-$((ports + 2))] CPUs=1 RealMemory=4000 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES State=UP
CONF

# The processes of jobs on a node, and the daemons that hold them: found by this test's own configuration.
processes_of() {
    local entry pid parent
    for entry in /proc/[0-9]*; do
        pid=${entry#/proc/}
        { tr '\0' '\n' <"$entry/environ"; } 2>/dev/null | has -xF "SLURM_CONF=$SLURM_CONF" || continue
        { tr '\0' '\n' <"$entry/environ"; } 2>/dev/null | has -xE "SLURMD_NODENAME=($1)" || continue
        parent=$(awk '{ print $4 }' "$entry/stat" 2>/dev/null) || continue
        ! grep -qx slurmstepd "/proc/$parent/comm" 2>/dev/null || echo "$parent"
        echo "$pid"
    done
}
pid_in() { [ -s "$1" ] && cat "$1"; }
stop_all() {
    local file pid
    for pid in $(processes_of 'n1|n2'); do kill -9 "$pid" 2>/dev/null || true; done
    for file in n1 n2 slurmctld munged; do
        pid=$(pid_in "$top/$file.pid") && kill "$pid" 2>/dev/null || continue
        for _ in $(seq 50); do
            [ ! -e "/proc/$pid" ] || [ "$(awk '{ print $3 }' "/proc/$pid/stat" 2>/dev/null)" = Z ] && break
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
    done
}
give_up() {
    for file in "$top"/*.log ./*.log; do echo "== $file" && tail -n 20 "$file"; done >&2
    squeue >&2 || true
    fail "$*"
}
trap stop_all EXIT
munged --force --socket="$top/munge.sock" --key-file="$top/munge.key" --pid-file="$top/munged.pid" \
    --log-file="$top/munged.log" --seed-file="$top/munged.seed" 2>/dev/null || skip "munged does not start here"
slurmctld -i 2>/dev/null || skip "slurmctld does not start here: $(tail -n 1 "$top/slurmctld.log")"
for node in n1 n2; do
    slurmd -N $node 2>/dev/null || skip "slurmd -N $node does not start here: $(tail -n 1 "$top/$node.log")"
done
for _ in $(seq 100); do
    [ "$(sinfo -h -N -t idle 2>/dev/null | wc -l)" -eq 2 ] && break
    sleep 0.1
done
[ "$(sinfo -h -N -t idle | wc -l)" -eq 2 ] || give_up "the two nodes did not come up"

# ---- the study, by one process and by the array ---------------------------------------------------------------------------
"$MYOSURV" phantom cohort -o sample --patients 6 --seed 3 --matrix 96 --slice-mm 10 --quiet
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open('sample/cohort.csv')))
for i, row in enumerate(rows):
    row['split'], row['cohort'] = ('training', 'main') if i < 4 else ('external', 'far')
    row['os_event'] = row['rfs_event'] = '1'
with open('sample/cohort.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
PY
for study in one many; do
    "$MYOSURV" study init $study --cohort sample/cohort.csv --title slurm --preset default --quiet
    sed -i 's/"myosurv_study": 1,/"myosurv_study": 1, "model": "none", "train": "train.json",/' $study/study.json
    echo '{"members": 1}' >$study/train.json
done

jobs=$("$MS_SOURCE_DIR/scripts/slurm/submit.sh" "$PWD/many" 3 --mem-per-cpu=500 --time=00:10:00)
read -r array merge <<<"$jobs"
# Until a case is being made on n2.
for _ in $(seq 300); do
    victims=$(processes_of n2)
    [ -n "$victims" ] && ls -d many/cases/.tmp-* >/dev/null 2>&1 && break
    sleep 0.1
done
[ -n "$victims" ] || give_up "nothing runs on n2"
victim=$(squeue -h -w n2 -t R -o %A | head -1)
kill -9 "$(cat "$top/n2.pid")" $(processes_of n2) 2>/dev/null || true
sleep 1
slurmd -N n2
# Slurm finds the task lost and queues it again, for two minutes from now: an administrator may say at once.
for _ in $(seq 300); do
    [ "$(scontrol show job "$victim" | grep -o 'Restarts=[0-9]*')" = Restarts=0 ] || break
    sleep 0.1
done
says_restarts=$(scontrol show job "$victim" | grep -o 'Restarts=[0-9]*')
[ "$says_restarts" = Restarts=1 ] || give_up "Slurm did not run the task of the lost node again"
scontrol update jobid="$victim" starttime=now

"$MYOSURV" study run one >one.out 2>one.err || give_up "one process: $(cat one.err)"
state=
for _ in $(seq 900); do
    state=$(scontrol show job "$merge" | grep -o 'JobState=[A-Z_]*')
    case $state in *COMPLETED | *FAILED | *CANCELLED | *TIMEOUT) break ;; esac
    sleep 0.1
done
[ "$state" = JobState=COMPLETED ] || give_up "the merge is $state"
diff <(cd one/tables && sha256sum -- *) <(cd many/tables && sha256sum -- *) || give_up "Slurm gives other tables than one process"
diff <(cd one/model && sha256sum -- *) <(cd many/model && sha256sum -- *)
[ "$(find many/cases -name '.tmp*' | wc -l)" -eq 0 ] || give_up "something unfinished was left behind"
echo "array $array: task $victim was lost with its node and ran again"
