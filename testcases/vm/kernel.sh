# shellcheck shell=bash disable=SC2034,SC2154 # variables of vm-cgroup2
# The part of vm-cgroup2 that fetches a kernel and builds what the machine boots from. It is sourced.
# vm-cgroup2 sets cache, kernel, here, building, and defines say, note, die and since.

apt_ready=
apt_update() {
	[[ -z $apt_ready ]] || return 0
	apt_ready=1
	((EUID == 0)) || return 0
	say "updating the package lists"
	apt-get -qq update >&2 || say "apt-get update failed; going on with the lists there are"
}

# need PROGRAM PACKAGE: installs PACKAGE unless PROGRAM is there.
need() {
	type -P "$1" >/dev/null && return 0
	((EUID == 0)) || die "$1 is missing: install the package $2"
	apt_update
	say "installing $2"
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=120 \
		install --no-install-recommends "$2" >"$cache/apt.log" 2>&1 </dev/null ||
		{ cat -- "$cache/apt.log" >&2; die "cannot install $2"; }
	hash -r
	type -P "$1" >/dev/null || die "$2 is installed, but $1 is missing"
}

known() { apt-cache show --no-all-versions "$1" >/dev/null 2>&1; }

# Prints the real kernel package that a meta-package stands for.
real_package() {
	local dep
	dep=$(apt-cache depends --important "$1" 2>/dev/null |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n1)
	echo "${dep:-$1}"
}

pick_package() {
	local meta
	case $kernel in
	auto) meta=linux-image-6.12-amd64 ;;
	6.1|default) meta=linux-image-amd64 ;;
	[0-9]*) meta=linux-image-$kernel-amd64 ;;
	*) meta=$kernel ;;
	esac
	if ! known "$meta"; then
		[[ $kernel == auto ]] || die "no kernel package $meta in the package lists"
		meta=linux-image-amd64
		known "$meta" || die "no kernel package $meta in the package lists"
	fi
	real_package "$meta"
}

# extract_elf VMLINUZ ELF: unpacks the kernel that the boot image holds, so that
# the (emulated) machine need not.
extract_elf() {
	local f=$1 sects off len magic
	field() { od -An -t "u$2" -j "$(($1))" -N "$2" "$f" | tr -d ' '; }
	sects=$(field 0x1f1 1) off=$(field 0x248 4) len=$(field 0x24c 4)
	off=$(((sects + 1) * 512 + off))
	magic=$(od -An -t x1 -j "$off" -N 4 "$f" | tr -d ' ')
	local tool
	case $magic in
	28b52ffd) need zstd zstd; tool=(zstd -dcq) ;;
	fd377a58) need xz xz-utils; tool=(xz -dc --single-stream) ;;
	02214c18) need lz4 lz4; tool=(lz4 -dcq) ;;
	1f8b*) tool=(gzip -dcq) ;;
	*) return 1 ;;
	esac
	tail -c "+$((off + 1))" "$f" | head -c "$((len - 4))" | "${tool[@]}" >"$2" 2>/dev/null
	[[ $(od -An -t x1 -N 4 "$2" | tr -d ' ') == 7f454c46 ]]
}

# What the machine needs of the kernel's modules (files or directories).
modules=(
	fs/9p fs/netfs fs/fscache net/9p fs/overlayfs fs/squashfs fs/erofs fs/ext4 fs/jbd2 fs/mbcache.ko
	fs/fuse fs/binfmt_misc.ko net/bridge net/netfilter net/ipv4 net/ipv6 net/802 net/llc net/sched
	net/unix net/packet net/vmw_vsock drivers/net/veth.ko drivers/net/tun.ko drivers/net/dummy.ko
	drivers/net/macvlan.ko drivers/net/ifb.ko drivers/block/loop.ko drivers/block/zram
	drivers/char/hw_random drivers/virtio mm lib crypto arch/x86/crypto
)

# fetch PACKAGE DIR: downloads PACKAGE into DIR.
fetch() {
	say "fetching $1"
	(cd -- "$2" && apt-get -qq download "$1") >"$2/apt.log" 2>&1 ||
		{ cat -- "$2/apt.log" >&2; die "cannot download $1"; }
}

build_kernel() { # build_kernel PACKAGE DIR
	local pkg=$1 dir=$2 tmp ver m k bb
	tmp=$(mktemp -d -- "$cache/tmp.XXXXXX") || die "cannot write to $cache"
	building=$tmp
	chmod 755 "$tmp"
	fetch "$pkg" "$tmp"
	fetch busybox-static "$tmp"
	say "unpacking $pkg"
	mkdir "$tmp/x" "$tmp/k" "$tmp/k/initramfs"
	dpkg-deb -x "$tmp"/busybox-static_*.deb "$tmp/x" || die "cannot unpack busybox-static"
	bb=$tmp/x/bin/busybox
	[[ -x $bb ]] || bb=$tmp/x/usr/bin/busybox
	[[ -x $bb ]] || die "busybox-static holds no busybox"
	dpkg-deb --fsys-tarfile "$tmp"/linux-image-*.deb |
		tar -x -C "$tmp/x" --wildcards './boot/vmlinuz*' './boot/config*' './lib/modules' './usr/lib/modules' 2>/dev/null
	set -- "$tmp"/x/boot/vmlinuz-*
	[[ -f $1 ]] || die "$pkg holds no kernel"
	ver=${1##*/vmlinuz-}
	extract_elf "$1" "$tmp/k/kernel" || cp -- "$1" "$tmp/k/kernel" || die "cannot copy the kernel"
	cp -- "$tmp/x/boot/config-$ver" "$tmp/k/config" 2>/dev/null

	local from=$tmp/x/lib/modules/$ver to=$tmp/k/modules/lib/modules/$ver
	[[ -d $from ]] || from=$tmp/x/usr/lib/modules/$ver
	mkdir -p "$to/kernel"
	cp -- "$from"/modules.builtin* "$from"/modules.order "$to/" 2>/dev/null
	(
		cd -- "$from/kernel" || exit 1
		for m in "${modules[@]}"; do
			for k in "$m" "$m.xz" "$m.zst" "$m.gz"; do
				[[ -e $k ]] && cp --parents -r -- "$k" "$to/kernel/"
			done
		done
		exit 0
	) || die "cannot copy the modules"
	local compressed
	compressed=$(find "$to/kernel" -name '*.ko.*' | sed 's/.*\.//' | sort -u)
	case $compressed in
	'') ;;
	xz) need xz xz-utils; find "$to/kernel" -name '*.ko.xz' -exec xz -d -- {} + ;;
	zst) need zstd zstd; find "$to/kernel" -name '*.ko.zst' -exec zstd -dq --rm -- {} + ;;
	gz) find "$to/kernel" -name '*.ko.gz' -exec gzip -d -- {} + ;;
	*) die "cannot unpack modules of the kind $compressed" ;;
	esac || die "cannot unpack the modules"
	# kmod's own depmod, where there is one, writes the files its modprobe wants.
	if type -P depmod >/dev/null; then depmod -b "$tmp/k/modules" "$ver" 2>/dev/null
	else "$bb" depmod -b "$tmp/k/modules" "$ver"; fi
	[[ -s $to/modules.dep ]] || die "depmod failed"
	grep -q '/9p\.ko' "$to/modules.dep" "$to/modules.builtin" ||
		die "$pkg lacks the 9p file system (cloud kernels do): choose another"

	# The initramfs: busybox, the few modules needed to reach the root, /init.
	local ir=$tmp/k/initramfs
	mkdir -p "$ir"/{bin,dev,proc,sys,host,rw,new,modules}
	cp -- "$bb" "$ir/bin/busybox" || die "cannot copy busybox"
	: >"$ir/modules/order"
	module_closure "$to" virtio_pci 9pnet_virtio 9p overlay virtio_rng | while read -r k; do
		cp -- "$to/$k" "$ir/modules/${k##*/}" && echo "${k##*/}" >>"$ir/modules/order"
	done
	cp -- "$here/guest/init" "$ir/init" || die "cannot copy the guest's init"
	chmod 755 "$ir/init"
	(cd -- "$ir" && find . | LC_ALL=C sort | "$bb" cpio -o -H newc) >"$tmp/k/initrd" 2>/dev/null ||
		die "cannot make the initramfs"
	rm -rf -- "$ir"
	echo "$ver" >"$tmp/k/version"
	rm -rf -- "$dir"
	mv -T -- "$tmp/k" "$dir" || die "cannot put the kernel in place"
	rm -rf -- "$tmp"
	building=
	note "kernel $ver ready after $(since)"
}

# module_closure DIR NAME...: the modules' files, each after those it needs.
module_closure() {
	local dir=$1; shift
	awk -v want="$*" '
		function base(p) { sub(/.*\//, "", p); sub(/\.ko$/, "", p); gsub(/-/, "_", p); return p }
		function visit(n,   d, i, k) {
			if (n in seen || !(n in file)) return
			seen[n] = 1
			k = split(deps[n], d, " ")
			for (i = k; i > 0; i--) visit(base(d[i]))
			print file[n]
		}
		{ p = $1; sub(/:$/, "", p); n = base(p); file[n] = p; $1 = ""; deps[n] = $0 }
		END { k = split(want, w, " "); for (i = 1; i <= k; i++) visit(w[i]) }
	' "$dir/modules.dep"
}
