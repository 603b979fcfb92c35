# shellcheck shell=bash disable=SC2034 # the sums are read by tools/setup
# Which Go builds this module, and where it is. Sourced by tools/go and tools/setup; sets nothing but functions and:
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What is fetched where no Go is new enough. The sum is the h1 of golang.org/toolchain in Go's checksum database; both
# files change together.
go_version=1.26.8
go_sum_amd64=h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=
go_sum_arm64=h1:sYL/O6MqS68ML0kjsQ36WoYIpJqkw60TxizWUYUKQMc=

go_cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/judge/go$go_version

# go_is_enough GO: whether this go can build the module, if need be by fetching a newer toolchain itself (GOTOOLCHAIN).
# Go before 1.21 knows no toolchain lines and reports its own version; a newer one that may not switch prints nothing.
go_is_enough() {
    local have want
    want=$(sed -n 's/^go //p' "$root/go.mod")
    have=$(cd "$root" && "$1" env GOVERSION 2>/dev/null) || return 1
    have=${have#go}
    [ -n "$have" ] && [ "$(printf '%s\n' "$want" "${have%% *}" | sort -V | head -n1)" = "$want" ]
}

# go_find: prints the path of a go that is new enough; fails if there is none yet.
go_find() {
    local go
    for go in "$(command -v go || true)" /usr/local/go/bin/go "$go_cache/bin/go"; do
        if [ -x "$go" ] && go_is_enough "$go"; then
            echo "$go"
            return
        fi
    done
    return 1
}
