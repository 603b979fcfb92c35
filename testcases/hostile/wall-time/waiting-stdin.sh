#!/bin/sh
# @name waiting-stdin
# @kind robustness
# @why waits for input that never comes and never ends
# @needs sh
# @stdin open
# @limits wall=1s cpu=2s
# @expect wall-time
# @expect stdout-contains ASKED
# @expect stdout-lacks ANSWERED
# @expect returns-within 3s
# @unsandboxed skip
echo ASKED
read -r line
echo "ANSWERED $line"
