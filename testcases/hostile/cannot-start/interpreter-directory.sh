#!/usr/bin
# @name interpreter-directory
# @kind robustness
# @why the interpreter is there, but it is a directory
# @needs sh
# @expect cannot-start
# @expect stdout-lacks STARTED
# @unsandboxed skip
echo STARTED
