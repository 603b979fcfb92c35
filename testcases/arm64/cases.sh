# shellcheck shell=sh
# What runs inside the machine, whose /opt/judge is judge. A line a case: "ok NAME" or "FAIL NAME: why".
judge=/opt/judge
echo "+memory +pids +cpu +cpuset" >/sys/fs/cgroup/cgroup.subtree_control
cd /tmp || exit

# field NAME: a field of the last report.
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"]*\)\"\{0,1\}[,}].*/\1/p" /tmp/report; }

# run NAME STATUS EXIT STDOUT ARG...: a run, and what is to come of it.
run() {
    name=$1 status=$2 exit=$3 out=$4
    shift 4
    rm -f /tmp/report
    got=$($judge run --quiet --report /tmp/report "$@" 2>/tmp/stderr)
    code=$?
    if [ "$(field status)" = "$status" ] && [ $code = "$exit" ] && [ "$got" = "$out" ]; then
        echo "ok $name"
    else
        echo "FAIL $name: exit status $code, stdout '$got', $(cat /tmp/report /tmp/stderr)"
    fi
}

# unit NAME: the unit tests of a package. One waits to see a program that lives for 50 ms, which is too short here.
unit() {
    if (cd "/opt/tests/$1" && ./unit.test -test.timeout 300s -test.skip '^TestRemoveOfWhatIsAlive$' >/tmp/out 2>&1); then
        echo "ok tests of $1"
    else
        echo "FAIL tests of $1: $(tail -n 30 /tmp/out)"
    fi
}

run hello ok 0 hello echo hello
run "strict" ok 0 "2 true" --policy strict /opt/program id
run "threads, and collections of garbage" ok 0 1225 --policy strict /opt/program threads
run memory memory 137 "" --memory 64MiB /opt/program memory
run "processor time" cpu-time 124 "" --cpu-time 500ms /opt/program processor
run "elapsed time" wall-time 124 "" --wall-time 500ms /opt/program sleep
run "a call that the filter stops" syscall 159 "" --policy strict /opt/program socket
[ "$(field syscall)/$(field arch)" = socket/aarch64 ] && echo "ok its name" || echo "FAIL its name: $(cat /tmp/report)"
run "a signal" signal 137 "" /opt/program kill
for policy in default strict compile ci; do
    run "a 32-bit program under $policy" syscall 159 "" --policy $policy /opt/program32 id
    grep -q '"arch":"arm"' /tmp/report && echo "ok its architecture" || echo "FAIL its architecture: $(cat /tmp/report)"
done
run "a root file system" ok 0 ls --rootfs /opt/rootfs /bin/ls /bin

$judge run --quiet --stdout /tmp/out --report /tmp/report /opt/program term &
pid=$!
tries=0
until grep -q ready /tmp/out 2>/dev/null || [ $tries = 100 ]; do
    sleep 0.2
    tries=$((tries + 1))
done
kill -TERM $pid
wait $pid
code=$?
if [ $code = 143 ] && [ "$(field status)" = cancelled ] && grep -q terminated /tmp/out; then
    echo "ok a signal that is passed on"
else
    echo "FAIL a signal that is passed on: exit status $code, $(cat /tmp/report /tmp/out)"
fi

$judge doctor >/tmp/out
code=$?
if [ $code = 0 ] && grep -q '^ok    run ' /tmp/out; then
    echo "ok doctor"
else
    echo "FAIL doctor: exit status $code, $(cat /tmp/out)"
fi
su user -c "$judge run --quiet --report /tmp/report-user echo an ordinary user" >/tmp/out 2>&1
code=$?
if [ $code = 0 ] && [ "$(cat /tmp/out)" = "an ordinary user" ]; then
    echo "ok an ordinary user"
else
    echo "FAIL an ordinary user: exit status $code, $(cat /tmp/out /tmp/report-user)"
fi
for dir in /opt/tests/*; do
    unit "${dir##*/}"
done
left=$(ls -d /sys/fs/cgroup/judge/*/ 2>/dev/null)
[ -z "$left" ] && echo "ok nothing is left" || echo "FAIL nothing is left: $left"
