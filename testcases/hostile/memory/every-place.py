#!/usr/bin/env python3
# @name every-place
# @kind resource
# @why an interpreter with a list that grows, in the last handler of its own errors too
# @needs python3
# @limits memory=64MiB cpu=5s wall=9s
# @expect memory
# @expect oom-kill yes
# @expect peak-memory<=72MiB
# @expect stdout-lacks UNLIMITED
# @unsandboxed stdout-contains UNLIMITED
#
# Touches 256 MiB at most.
held = []
while len(held) < 256:
    try:
        held.append(bytearray(b"x" * (1 << 20)))
    except MemoryError:
        pass
print("UNLIMITED")
