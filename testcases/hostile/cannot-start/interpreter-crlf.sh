#!/bin/sh
# @name interpreter-crlf
# @kind robustness
# @why a script with the line ends of another system: its interpreter's name ends in a carriage return, and there is none such
# @needs sh
# @alter crlf
# @expect cannot-start
# @expect oom-kill no
# @expect seccomp-violation no
# @expect stdout-lacks STARTED
# @unsandboxed skip
echo STARTED
