#!/bin/sh
# @name cgroup-view
# @kind isolation
# @why the place of the run in the hierarchies of control groups says which slot it has and who runs beside it; from inside, all of them begin at the run
# @needs sh proc
# @expect ok
# @expect stdout-lacks ESCAPED
# @expect stdout-contains DONE
# @unsandboxed skip
if [ -r /proc/self/cgroup ]; then
	while IFS=: read -r number controllers path; do
		[ "$path" = / ] || echo "ESCAPED $number:$controllers:$path"
	done </proc/self/cgroup
fi
for place in /sys/fs/cgroup/*; do
	if [ -w "$place" ]; then echo "ESCAPED can write $place"; fi
done
echo DONE
