# @name no-first-line
# @kind robustness
# @why an executable text without a #! line, which a shell would run by itself but the kernel does not
# @needs sh
# @expect cannot-start
# @expect stdout-lacks STARTED
# @unsandboxed skip
echo STARTED
