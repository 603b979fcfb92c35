#!/bin/sh
# @name yes
# @kind resource
# @why a pipeline of small tools that never ends, with the reader of its first pipe gone at times
# @needs sh
# @limits output=256KiB cpu=3s wall=8s
# @expect output
# @expect stdout-bytes<=262144
# @expect stdout-bytes>=200000
# @expect returns-within 5s
# @unsandboxed stdout-bytes>=2000000
#
# Prints 2 MB at most.
i=0
while [ $i -lt 200 ]; do
	yes "abcdefghijklmnopqrstuvwxyz" 2>/dev/null | head -c 10000
	i=$((i + 1))
done
