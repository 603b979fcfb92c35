# shellcheck shell=bash
# Completion of judge for bash. Made from the tables of cmd/judge: go test ./cmd/judge -run TestCompletions -update
_judge() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W 'run grade verify compare languages bench-host serve worker submit status watch results cancel policy doctor schema rootfs oci ps stats exec stop kill gc version help' -- "$cur")
        return
    fi
    case ${COMP_WORDS[1]} in
    run)
        case $prev in
        --policy | -p)
            mapfile -t COMPREPLY < <(compgen -W 'strict default compile ci' -f -- "$cur")
            return
            ;;
        --cpuset)
            mapfile -t COMPREPLY < <(compgen -W 'auto' -- "$cur")
            return
            ;;
        --net)
            mapfile -t COMPREPLY < <(compgen -W 'none bridge host' -- "$cur")
            return
            ;;
        --collect-dir | --keep | --rootfs | --box | --workdir)
            mapfile -t COMPREPLY < <(compgen -d -- "$cur")
            return
            ;;
        --file | --stdin | --stdout | --stderr | --report | --bind)
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return
            ;;
        --name | --collect | --grace | --cgroup | --ip | --publish | --cpu-time | --wall-time | --idle-time | --memory | --pids | --cpus | --output | --file-size | --disk | --inodes | --stack | --open-files | --enforce | --hostname | --env | --uid | --gid)
            COMPREPLY=()
            return
            ;;
        esac
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--policy -p --name --inside --file --collect --collect-dir --stdin --stdout --stderr --grace --keep --capture --report --pretty --explain --cgroup --quiet -q --verbose -v --tty -t --ip --publish --rootfs --box --bind --cpu-time --wall-time --idle-time --memory --pids --cpus --cpuset --output --file-size --disk --inodes --stack --open-files --enforce --hostname --env --workdir --uid --gid --net' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    policy)
        if [ "$COMP_CWORD" -eq 2 ]; then
            mapfile -t COMPREPLY < <(compgen -W 'list show check explain diff learn' -- "$cur")
        elif [[ ${COMP_WORDS[2]} == learn && $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--out -o --against --force -f --runs --policy -p --name --inside --file --collect --collect-dir --stdin --stdout --stderr --grace --keep --capture --report --pretty --explain --cgroup --quiet -q --verbose -v --tty -t --ip --publish --rootfs --box --bind --cpu-time --wall-time --idle-time --memory --pids --cpus --cpuset --output --file-size --disk --inodes --stack --open-files --enforce --hostname --env --workdir --uid --gid --net' -- "$cur")
        elif [[ ${COMP_WORDS[2]} == learn && $prev != -p && $prev != --policy && $prev != --against ]]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        elif [[ ${COMP_WORDS[2]} == explain && $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--calls --call' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -W 'strict default compile ci' -f -- "$cur")
        fi
        ;;
    schema)
        mapfile -t COMPREPLY < <(compgen -W 'report doctor grade' -- "$cur")
        ;;
    rootfs)
        if [ "$COMP_CWORD" -eq 2 ]; then
            mapfile -t COMPREPLY < <(compgen -W 'build import list show verify remove pack mount export' -- "$cur")
        elif [[ ${COMP_WORDS[2]} == import ]]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        elif [[ ${COMP_WORDS[2]} == build ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$(judge rootfs build --list 2>/dev/null | cut -d' ' -f1)" -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -W "$(judge rootfs list 2>/dev/null | cut -d' ' -f1 | tail -n +2)" -- "$cur")
        fi
        ;;
    oci)
        if [ "$COMP_CWORD" -eq 2 ]; then
            mapfile -t COMPREPLY < <(compgen -W 'run' -- "$cur")
        elif [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--name --inside --file --collect --collect-dir --stdin --stdout --stderr --grace --keep --capture --report --pretty --explain --cgroup --quiet -q --verbose -v --tty -t --ip --publish --box --bind --cpu-time --wall-time --idle-time --memory --pids --cpus --cpuset --output --file-size --disk --inodes --stack --open-files --enforce --hostname --env --workdir --uid --gid --net' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        fi
        ;;
    grade)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--jobs -j --policy -p --rootfs --language --presets --format --out -o --all-cases --fresh --manifest --journal --expect --no-cache --quiet -q --html --junit --gradescope --priority --labels --audit --cpu --nats --creds --nkey --tls-ca --tls-cert --tls-key' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    verify)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--jobs -j --policy -p --rootfs --language --presets --format --out -o --all-cases --no-cache --quiet -q --html --junit' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    compare)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--format --noise --noise-time' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    languages)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--rootfs --presets --json' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    bench-host)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--runs --json' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    serve)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--listen --store --max-store --keep --tls-cert --tls-key --users --cluster --name --cluster-listen --routes --cluster-secret --tls-ca --replicas --http --tokens --max-upload --url-file' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    worker)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--jobs -j --labels --presets --cache --cache-size --rootfs-size --quiet -q --nats --creds --nkey --tls-ca --tls-cert --tls-key' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    submit)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--policy -p --rootfs --language --presets --all-cases --fresh --manifest --expect --no-cache --quiet -q --priority --labels --audit --cpu --nats --creds --nkey --tls-ca --tls-cert --tls-key' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    status)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--json --nats --creds --nkey --tls-ca --tls-cert --tls-key' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    watch)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--nats --creds --nkey --tls-ca --tls-cert --tls-key' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    results)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--format --out -o --quiet -q --html --junit --gradescope --nats --creds --nkey --tls-ca --tls-cert --tls-key' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    cancel)
        if [[ $cur == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W '--nats --creds --nkey --tls-ca --tls-cert --tls-key' -- "$cur")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        ;;
    doctor)
        mapfile -t COMPREPLY < <(compgen -W '--json' -- "$cur")
        ;;
    ps)
        mapfile -t COMPREPLY < <(compgen -W '--json' -- "$cur")
        ;;
    stats)
        mapfile -t COMPREPLY < <(compgen -W '--json --no-stream' -- "$cur")
        ;;
    exec)
        mapfile -t COMPREPLY < <(compgen -W '-t --tty --env --workdir --grace --no-landlock' -- "$cur")
        ;;
    stop)
        mapfile -t COMPREPLY < <(compgen -W '--time' -- "$cur")
        ;;
    kill)
        mapfile -t COMPREPLY < <(compgen -W '-9' -- "$cur")
        ;;
    gc)
        mapfile -t COMPREPLY < <(compgen -W '-n' -- "$cur")
        ;;
    esac
}
complete -o filenames -F _judge judge
