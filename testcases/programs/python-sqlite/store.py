import decimal, hashlib, io, json, mmap, os, shutil, sqlite3, ssl, tarfile, threading, zipfile, zlib, lzma, bz2

db = sqlite3.connect("a.db")
print(db.execute("pragma journal_mode=wal").fetchone())
db.execute("create table t (n integer primary key, text)")


def insert(start):
    c = sqlite3.connect("a.db", timeout=10)
    with c:
        c.executemany("insert into t values (?, ?)", ((n, str(n) * 3) for n in range(start, 1000, 4)))
    c.close()


threads = [threading.Thread(target=insert, args=(i,)) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(db.execute("select count(*), sum(n), max(length(text)) from t").fetchone())
try:
    db.execute("insert into t values (1, 'again')")
except sqlite3.IntegrityError as e:
    print(e)
db.rollback()
db.execute("vacuum")
db.execute("pragma mmap_size=1000000")
print(db.execute("select text from t where n = 77").fetchone())

with open("m", "w+b") as f:
    f.truncate(8192)
    with mmap.mmap(f.fileno(), 8192) as m:
        m[4096:4101] = b"hello"
        m.flush()
    f.seek(4096)
    print(f.read(5))
with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("d/x", "text" * 1000)
print(zipfile.ZipFile("a.zip").read("d/x")[:8])
os.makedirs("tree/a/b")
open("tree/a/b/f", "w").write("f")
os.symlink("f", "tree/a/b/link")
os.chmod("tree/a/b/f", 0o600)
with tarfile.open("a.tar.xz", "w:xz") as t:
    t.add("tree")
with tarfile.open("a.tar.xz") as t:
    print(sorted(t.getnames()))
shutil.copytree("tree", "copy", symlinks=True)
print(sorted(os.listdir("copy/a/b")), os.stat("copy/a/b/f").st_mode & 0o777)
data = os.urandom(10000)
print(all(m.decompress(m.compress(data)) == data for m in (zlib, lzma, bz2)))
print(hashlib.sha256(b"judge").hexdigest()[:16], ssl.create_default_context().check_hostname, json.dumps({"a": [1.5, None]}))
print(decimal.Decimal(1) / 7)
