#!/bin/bash
# The main job on real input, then one program of each kind that misbehaves, all under the strict policy. Shows what
# each printed and its report; fails if any ended otherwise than it should. "make demo" builds first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

judge=../bin/judge
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
wrong=0

# expect STATUS[+LIMIT] TITLE FLAG... -- PROG [ARG...]: LIMIT is one that was also hit, without ending the run.
expect() {
    local want=$1 title=$2
    shift 2
    printf '\n=== %s\n$ judge run --policy strict --pretty %s\n' "$title" "${*//$work\//}"
    rm -f "$work/report.json"
    # The exit status is the program's or the cause's; what counts here is the report.
    "$judge" run --policy strict --pretty --report "$work/report.json" "$@" || true
    cat "$work/report.json"
    /usr/bin/python3 cause.py "$want" "$work/report.json" || wrong=$((wrong + 1))
}

g++ -O2 -std=c++17 -Wall -o "$work/shortest-paths" shortest-paths.cc
g++ -O2 -o "$work/spins" spins.cc
gcc -O2 -o "$work/forks" forks.c

expect ok 'C++: shortest paths on a road map' --stdin roads.txt -- "$work/shortest-paths"
expect ok 'Python: the most frequent words of the licence' --stdin ../LICENSE -- ./words.py
# On a busy machine a second of processor time may take longer than strict waits.
expect cpu-time+pids 'forks without end' --cpu-time 1s --wall-time 1m -- "$work/forks"
expect memory 'takes ever more memory' -- ./hoards.py
expect cpu-time 'spins' --cpu-time 1s --wall-time 1m -- "$work/spins"
expect syscall 'opens a socket' -- ./calls-home.py

echo
if [ "$wrong" -gt 0 ]; then
    echo "demo: $wrong of the runs above did not end as they should"
    exit 1
fi
echo 'demo: each program ended by the cause that it should'
