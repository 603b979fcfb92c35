package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Image is the file that an image of the tree is to be written to. A draft that
// has one is committed with About.Image set, and has no other tree.
func (d *Draft) Image() string { return filepath.Join(d.dir, imageName) }

// tryImage mounts a draft's image, and sees that it holds what the manifest says.
func (d *Draft) tryImage(about *About) (err error) {
	if err := mount(d.dir, about.Image); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unmount(d.dir)) }()
	h := Held{Dir: d.dir, Root: filepath.Join(d.dir, rootName), Digest: about.Digest}
	list, err := h.Verify()
	if err != nil {
		return err
	}
	if len(list) > 0 {
		return fmt.Errorf("the image does not hold what it was made of: %s %s, and %d more", list[0].Path, list[0].What, len(list)-1)
	}
	return nil
}

// Mount mounts a rootfs that is an image, if it is not: once, for all runs. Of
// one that is none it is nothing to do. The error is fs.ErrNotExist if there is
// none of that name.
func Mount(dir, name string) error {
	h, err := holdAny(dir, name)
	if err != nil {
		return err
	}
	defer h.Close()
	about, err := h.About()
	if err != nil || about.Image == "" || isMounted(h.Dir) {
		return err
	}
	return mount(h.Dir, about.Image)
}

// isMounted says whether an image is mounted on the tree of a rootfs: that is on
// another device then.
func isMounted(dir string) bool {
	var above, root unix.Stat_t
	return unix.Lstat(dir, &above) == nil && unix.Lstat(filepath.Join(dir, rootName), &root) == nil && above.Dev != root.Dev
}

// unmount takes away what is mounted on the tree of a rootfs, if something is:
// two that mounted it at once did so one over the other.
func unmount(dir string) error {
	root := filepath.Join(dir, rootName)
	for isMounted(dir) {
		if err := unix.Unmount(root, unix.UMOUNT_NOFOLLOW); err != nil {
			return fmt.Errorf("unmount %s: %w", root, err)
		}
	}
	return nil
}

// mount mounts the image of a rootfs on its tree, by a loop device that goes
// with the mount.
func mount(dir, filesystem string) error {
	image, err := os.Open(filepath.Join(dir, imageName))
	if err != nil {
		return err
	}
	defer image.Close()
	device, loop, err := attach(image)
	if err != nil {
		return fmt.Errorf("find a loop device for %s: %w", image.Name(), err)
	}
	defer unix.Close(loop)
	root := filepath.Join(dir, rootName)
	if err := unix.Mount(device, root, filesystem, unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, ""); err != nil {
		return fmt.Errorf("mount %s, a %s, on %s: %w", image.Name(), filesystem, root, err)
	}
	return nil
}

// attach gives a loop device that shows a file, read-only, until nobody has it
// open or mounted (loop(4), LO_FLAGS_AUTOCLEAR). LOOP_CONFIGURE is of Linux 5.8.
func attach(image *os.File) (device string, fd int, err error) {
	control, err := unix.Open("/dev/loop-control", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", -1, &os.PathError{Op: "open", Path: "/dev/loop-control", Err: err}
	}
	defer unix.Close(control)
	for range 100 { // another may take the one that was free
		n, err := unix.IoctlRetInt(control, unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return "", -1, fmt.Errorf("LOOP_CTL_GET_FREE: %w", err)
		}
		device = fmt.Sprintf("/dev/loop%d", n)
		if fd, err = unix.Open(device, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			return "", -1, &os.PathError{Op: "open", Path: device, Err: err}
		}
		config := unix.LoopConfig{Fd: uint32(image.Fd())}
		config.Info.Flags = unix.LO_FLAGS_READ_ONLY | unix.LO_FLAGS_AUTOCLEAR
		err = unix.IoctlLoopConfigure(fd, &config)
		if err == nil {
			return device, fd, nil
		}
		unix.Close(fd)
		if err != unix.EBUSY {
			return "", -1, fmt.Errorf("LOOP_CONFIGURE %s: %w", device, err)
		}
	}
	return "", -1, unix.EBUSY
}
