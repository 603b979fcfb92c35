# shellcheck shell=bash
# Reads a name and numbers; greets, and prints their sum.
read -r name
sum=0
while read -ra numbers; do
    for n in "${numbers[@]}"; do
        sum=$((sum + n))
    done
done
echo "Hello, $name!"
echo "$sum"
