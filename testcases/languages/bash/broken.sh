# shellcheck disable=all
if true; then
    echo "no end"
