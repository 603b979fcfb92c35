#!/bin/sh
# Stands in for judge in tests of the harness: runs the program with no sandbox
# and writes a report. FAKE in the environment names one fault to commit.
if [ "$1" = schema ]; then
	[ "$FAKE" = no-schema ] && exit 1
	echo '{"type":"object","required":["version","status"]}'
	exit
fi
collect=
while [ "$1" != -- ]; do
	case $1 in
	--report) report=$2; shift ;;
	--collect-dir) dir=$2; shift ;;
	--collect) collect="$collect $2"; shift ;;
	esac
	shift
done
shift
before=$(ls)
case $FAKE in
secret) cat "$3" ;;
stray-file) : >stray ;;
named-file) : >"/var/tmp/left-by-${1##*/}" ;;
canary) echo >>"$3" ;;
hang) exec sleep 60 ;;
esac
[ "$FAKE" = orphan ] && (exec >/dev/null 2>&1; exec sleep 5) &
[ "$FAKE" = holder ] && (exec sleep 5) &
"$@"
code=$?
status=nonzero-exit
[ $code = 0 ] && status=ok
[ "$FAKE" = wrong ] && status=memory
[ "$FAKE" = error ] && status=error
for name in $collect; do cp "$name" "$dir/"; done
for name in *; do
	case " $before " in *"$name"*) ;; *) [ "$name" = stray ] || rm -rf "$name" ;; esac
done
[ "$FAKE" = no-report ] && exit $code
{
	printf '{"version":1,"status":"%s","exit_code":%d,"collected":[' $status $code
	for name in $collect; do printf '{"name":"%s","bytes":%d}' "$name" "$(wc -c <"$dir/$name")"; done
	echo ']}'
	[ "$FAKE" = two-reports ] && echo '{}'
	[ "$FAKE" = bad-text ] && printf '\377'
} >"$report"
exit $code
