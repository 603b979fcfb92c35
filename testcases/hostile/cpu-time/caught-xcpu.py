#!/usr/bin/env python3
# @name caught-xcpu
# @kind resource
# @why an interpreted program that catches every exception and every signal, raises its own limits, and goes on
# @needs python3
# @limits cpu=1s wall=9s
# @expect cpu-time
# @expect cpu-time<=1700ms
# @expect stdout-lacks FINISHED
# @unsandboxed stdout-contains FINISHED
#
# Ends by itself after three seconds of work.
import resource
import signal
import time

for s in range(1, 65):
    try:
        signal.signal(s, lambda *_: None)
    except (OSError, ValueError):
        pass
try:
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
except (OSError, ValueError):
    pass
while True:
    try:
        while time.process_time() < 3:
            pass
        break
    except BaseException:
        pass
print("FINISHED")
