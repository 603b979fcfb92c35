import asyncio, concurrent.futures, ctypes, multiprocessing, os, queue, random, signal, subprocess, sys, tempfile, threading, time, uuid
from multiprocessing import shared_memory


def square(x):
    return x * x


def fill(name):
    block = shared_memory.SharedMemory(name=name)
    block.buf[:5] = b"hello"
    block.close()


async def main():
    p = await asyncio.create_subprocess_exec("sort", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, _ = await p.communicate(b"b\na\n")
    loop = asyncio.get_running_loop()
    n = await loop.run_in_executor(None, square, 12)
    await asyncio.gather(*(asyncio.sleep(0.001 * i) for i in range(5)))
    return out.split(), n


if __name__ == "__main__":
    todo, done = queue.Queue(), []
    workers = [threading.Thread(target=lambda: [done.append(square(x)) for x in iter(todo.get, None)]) for _ in range(8)]
    for w in workers:
        w.start()
    for x in list(range(100)) + [None] * 8:
        todo.put(x)
    for w in workers:
        w.join()
    print("threads", sum(done))

    for method in "fork", "spawn":
        context = multiprocessing.get_context(method)
        with context.Pool(3) as pool:
            print(method, pool.map(square, range(6)))
        block = shared_memory.SharedMemory(create=True, size=64)
        p = context.Process(target=fill, args=(block.name,))
        p.start()
        p.join()
        print(bytes(block.buf[:5]), p.exitcode)
        block.close()
        block.unlink()
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        print("pool", sum(pool.map(square, range(50), chunksize=10)))
    q = multiprocessing.Queue()
    p = multiprocessing.Process(target=q.put, args=("x" * 200000,))
    p.start()
    print("queue", len(q.get()))
    p.join()

    r = subprocess.run("echo out; echo err >&2; exit 3", shell=True, capture_output=True, text=True)
    print(r.stdout.strip(), r.stderr.strip(), r.returncode)
    try:
        subprocess.run(["sleep", "10"], timeout=0.05)
    except subprocess.TimeoutExpired:
        print("timeout")
    print(asyncio.run(main()))

    signal.signal(signal.SIGALRM, lambda *_: print("alarm"))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    with tempfile.TemporaryDirectory() as d, open(os.path.join(d, "f"), "w") as f:
        print(ctypes.CDLL(None).getpid() == os.getpid(), f.write("x"), len(uuid.uuid4().hex), random.SystemRandom().random() < 1)
    print(os.path.expanduser("~"), sys.getdefaultencoding(), time.tzname[0], os.cpu_count() > 0)
