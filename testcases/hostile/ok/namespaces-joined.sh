#!/bin/sh
# @name namespaces-joined
# @kind isolation
# @why a shell that looks at who and where it is: not root, no host's name, no network but an empty one, few processes
# @needs sh proc
# @expect ok
# @expect stdout-lacks ESCAPED
# @expect stdout-contains DONE
# @unsandboxed skip
[ "$(id -u)" != 0 ] || echo "ESCAPED is root"
[ "$(id -g)" != 0 ] || echo "ESCAPED has the group of root"
[ "$(pwd)" = /box ] || echo "ESCAPED is in $(pwd)"
[ "$HOME" = /box ] || echo "ESCAPED has its home in $HOME"
[ "$$" -lt 100 ] || echo "ESCAPED is process $$"
for f in /proc/net/dev /proc/kallsyms /proc/kcore /proc/kmsg /proc/config.gz /proc/sysrq-trigger; do
	[ ! -r "$f" ] || echo "ESCAPED can read $f"
done
for d in /home/* /root/* /var/log/* /run/*; do
	[ ! -e "$d" ] || echo "ESCAPED there is $d"
done
echo DONE
