package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"judge/store"
)

func TestPlain(t *testing.T) {
	long := strings.Repeat("directory-with-a-long-name/", 20) + "file"
	tests := []struct {
		name  string
		files []file
		want  []string
	}{
		{"files, directories and links", []file{directory("./"), directory("./a/"), regular("./a/b", "text"), symlink("./c", "a/b"), symlink("./d", "/a/b"), hardlink("./e", "./a/b")},
			[]string{"d755 a", "f644 a/b text", "l777 c a/b", "l777 d /a/b", "f644 e text"}},
		{"directories that are not mentioned", []file{regular("a/b/c", "x")}, []string{"d755 a", "d755 a/b", "f644 a/b/c x"}},
		{"long names", []file{regular(long, "x")}, append(func() (l []string) {
			for i := 1; i <= 20; i++ {
				l = append(l, "d755 "+strings.TrimSuffix(strings.Repeat("directory-with-a-long-name/", i), "/"))
			}
			return l
		}(), "f644 "+long+" x")},
		{"the later of two entries counts", []file{regular("a", "first"), regular("a", "second")}, []string{"f644 a second"}},
		{"the later one does not change what was linked to the first", []file{regular("a", "first"), hardlink("b", "a"), regular("a", "second")}, []string{"f644 a second", "f644 b first"}},
		{"a file in place of a directory", []file{regular("a/b/c", "x"), regular("a", "y")}, []string{"f644 a y"}},
		{"a directory in place of a link", []file{directory("b"), symlink("a", "b"), directory("a"), regular("a/c", "x")}, []string{"d755 a", "f644 a/c x", "d755 b"}},
		{"through a link that stays inside", []file{directory("usr/lib"), symlink("lib", "usr/lib"), regular("lib/x", "x")}, []string{"l777 lib usr/lib", "d755 usr", "d755 usr/lib", "f644 usr/lib/x x"}},
		{"up and down through links", []file{directory("a/b"), symlink("a/b/up", "../.."), regular("a/b/up/c", "x")}, []string{"d755 a", "d755 a/b", "l777 a/b/up ../..", "f644 c x"}},
		{"setuid bits are dropped, others kept", []file{{name: "su", text: "x", header: tar.Header{Mode: 0o6755}}, {name: "tmp", header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o3777}}}, []string{"f755 su x", "d1777 tmp"}},
		{"files that nobody may read", []file{{name: "shadow", text: "x", header: tar.Header{Mode: 0o100000}}, {name: "d", header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o40000}}, regular("d/x", "y")}, []string{"d0 d", "f644 d/x y", "f0 shadow x"}},
		{"a hard link to a symbolic link", []file{symlink("a", "b"), hardlink("c", "a")}, []string{"l777 a b", "l777 c b"}},
		{"a link to itself", []file{regular("a", "x"), hardlink("a", "a")}, []string{"f644 a x"}},
		{"names of whiteouts", []file{regular("a", "x"), regular(".wh.a", "")}, []string{"f644 .wh.a", "f644 a x"}},
		{"odd bytes in names", []file{regular("a b\n\\\xff\u00e9", "x"), symlink("l", "a b\n")}, []string{"f644 a b\n\\\xff\u00e9 x", "l777 l a b\n"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, _, err := imported(t, write(t, tarOf(t, test.files...)), usual())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// Whoever wants no bounds names the largest numbers there are.
func TestNoBounds(t *testing.T) {
	o := Options{MaxBytes: math.MaxInt64, MaxFiles: math.MaxInt}
	got, _, err := imported(t, write(t, packed(t, "gzip", tarOf(t, regular("a", "x")))), o)
	if err != nil || !slices.Equal(got, []string{"f644 a x"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

// What no archive may do, each with a part of the message.
func TestRefused(t *testing.T) {
	good := tarOf(t, regular("a", strings.Repeat("text ", 1000)), regular("b", "x"))
	deep := strings.Repeat(strings.Repeat("x", 199)+"/", 8)
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"..", tarOf(t, regular("../a", "x")), ".."},
		{".. inside", tarOf(t, regular("a/../../b", "x")), ".."},
		{"absolute", tarOf(t, regular("/tmp/judge-escape", "x")), "absolute"},
		{"through an absolute link", tarOf(t, symlink("a", "/tmp"), regular("a/judge-escape", "x")), "leads through the link /a"},
		{"a link that climbs out", tarOf(t, symlink("a/b", "../../c")), "out of the rootfs"},
		{"through a chain that climbs out", tarOf(t, symlink("x/a", ".."), symlink("x/b", "a/.."), regular("x/b/c", "x")), "out of the rootfs"},
		{"a hard link that climbs out", tarOf(t, hardlink("a", "../../etc/passwd")), ".."},
		{"an absolute hard link", tarOf(t, hardlink("a", "/etc/passwd")), "absolute"},
		{"a hard link through a link", tarOf(t, symlink("e", "/etc"), hardlink("a", "e/passwd")), "leads through the link /e"},
		{"a hard link to nothing", tarOf(t, hardlink("a", "b")), "not there"},
		{"a hard link to a directory", tarOf(t, directory("b"), hardlink("a", "b")), "a directory"},
		{"links in a circle", tarOf(t, symlink("a", "b"), symlink("b", "a"), regular("a/c", "x")), "too many symbolic links"},
		{"a directory that is a file", tarOf(t, regular("a", "x"), regular("a/b", "x")), "no directory"},
		{"a root that is a file", tarOf(t, regular(".", "x")), "the root"},
		{"a character device", tarOf(t, device("dev/null", tar.TypeChar)), "device"},
		{"a block device", tarOf(t, device("dev/sda", tar.TypeBlock)), "device"},
		{"a FIFO", tarOf(t, device("fifo", tar.TypeFifo)), "FIFO"},
		{"a name that is too long", tarOf(t, regular(strings.Repeat("x", 256), "x")), "longer than 255"},
		{"a path that is too long", tarOf(t, regular(strings.Repeat("x/", 2500)+"x", "x")), "longer than 3072"},
		{"an owner that cannot be", tarOf(t, file{name: "a", header: tar.Header{Uid: 1<<32 - 1}}), "no owner"},
		{"too many bytes", tarOf(t, regular("a", strings.Repeat("x", 1<<20)), regular("b", "x")), "more than 1048576 bytes"},
		{"too many files", tarOf(t, func() (l []file) {
			for i := range 101 {
				l = append(l, regular(fmt.Sprint(i), ""))
			}
			return l
		}()...), "more than 100 files"},
		{"too many directories that are not mentioned", tarOf(t, regular(strings.Repeat("x/", 120)+"x", "")), "more than 100 files"},
		{"cut off in a file", good[:1500], "cut off"},
		{"cut off in a head", good[:len(good)-1024-700], "cut off"},
		{"cut off between files", good[:len(good)-1024-1024], "cut off"},
		{"cut off before its end", good[:len(good)-1024], "cut off"},
		{"a hard link to a symbolic link that climbs out from there", tarOf(t, symlink("a/b", "../c"), hardlink("d", "a/b")), "out of the rootfs"},
		{"a hard link in place of the directory that holds its target", tarOf(t, regular("a/b", "x"), hardlink("a", "a/b")), "takes the place of the directory"},
		{"a path that is too long by way of a link", tarOf(t, directory(deep), symlink("s", strings.TrimSuffix(deep, "/")), regular("s/"+deep+"x", "x")), "longer than 3072"},
		{"a target that is too long", tarOf(t, symlink("s", strings.Repeat("x/", 2500))), "longer than 4095"},
		{"names that are too much together", tarOf(t, func() (l []file) {
			for i := range 30 {
				l = append(l, symlink(fmt.Sprint(i), strings.Repeat("x", 1000)))
			}
			return l
		}()...), "more than 25600 bytes of paths"},
		{"no archive", []byte(strings.Repeat("no archive ", 200)), "no tar archive"},
		{"too short", []byte("x"), "cut off"},
		{"empty", nil, "it is empty"},
		{"nothing in it", tarOf(t), "empty"},
		{"damaged", append(slices.Clone(good[:len(good)-1024-1024]), bytes.Repeat([]byte("x"), 2048)...), "damaged"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := imported(t, write(t, test.data), usual())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got the error %v, want one with %q", err, test.want)
			} else if len(err.Error()) > 1000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
	if _, err := os.Lstat("/tmp/judge-escape"); err == nil {
		t.Error("a file was written outside the rootfs")
	}
}

func TestLeftOut(t *testing.T) {
	files := []file{
		{name: "ping", text: "x", header: tar.Header{Mode: 0o4755, PAXRecords: map[string]string{"SCHILY.xattr.security.capability": "\x01", "SCHILY.xattr.user.x": "y"}}},
		device("dev/null", tar.TypeChar), device("fifo", tar.TypeFifo),
	}
	o := usual()
	o.Devices = true
	got, r, err := imported(t, write(t, tarOf(t, files...)), o)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"f755 ping x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	want := []string{"1 extended attributes", "1 file capabilities", "1 setuid and setgid bits", "2 devices and FIFOs"}
	if got := LeftOutText(r.LeftOut); !slices.Equal(got, want) || !r.Proc {
		t.Errorf("left out %q, want %q; /proc made: %v", got, want, r.Proc)
	}
}

// A file with holes is as long as it says, counts as such, and takes no room.
func TestSparse(t *testing.T) {
	// GNU tar 1.34: tar --sparse, of a file with one byte at its start and one at 1 MiB.
	data, err := os.ReadFile(filepath.Join("testdata", "sparse.tar"))
	if err != nil {
		t.Fatal(err)
	}
	o := usual()
	if _, _, err := imported(t, write(t, data), o); !errors.As(err, new(*LimitError)) {
		t.Errorf("a sparse file larger than the bound: %v", err)
	}
	o.MaxBytes = 2 << 20
	dir := storeDir(t)
	got, _, err := importedInto(t, dir, write(t, data), o)
	if want := []string{"f644 sparse 1048577"}; err != nil || !slices.Equal(got, want) {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
	var st unix.Stat_t
	if err := unix.Stat(filepath.Join(dir, "x/root/sparse"), &st); err != nil || st.Blocks*512 > 512<<10 {
		t.Errorf("it takes %d bytes on the disk: %v", st.Blocks*512, err)
	}
}

// An import is stopped with the context, and nothing is left.
func TestCancelled(t *testing.T) {
	dir := storeDir(t)
	d, err := store.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	o := usual()
	o.Progress = func(int64, int) { cancel() }
	_, err = Import(ctx, d, write(t, tarOf(t, regular("a", strings.Repeat("x", 1<<20)), regular("b", ""))), o)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := d.Abandon(); err != nil {
		t.Error(err)
	}
	nothingLeft(t, dir)
}
