#!/usr/bin/env python3
# @name deadlock
# @kind resource
# @why works at first, then two threads wait for one another for ever
# @needs python3
# @limits wall=9s cpu=4s idle=1s
# @expect idle-time
# @expect wall-time<=5s
# @expect stdout-contains WORKED
# @expect stdout-lacks FINISHED
# @unsandboxed skip
import os
import threading
import time

while time.process_time() < 0.3:
    pass
print("WORKED", flush=True)
a, b = threading.Lock(), threading.Lock()


def take(first, second):
    with first:
        time.sleep(0.1)
        with second:
            pass


threading.Timer(8, lambda: os._exit(4)).start()
threads = [threading.Thread(target=take, args=p) for p in ((a, b), (b, a))]
for t in threads:
    t.start()
for t in threads:
    t.join()
print("FINISHED")
