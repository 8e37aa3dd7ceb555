# What the scripts of this folder share. Sourced, not run.
# shellcheck shell=bash

heading() {
    printf '\n== %s\n' "$1"
}

fail() {
    printf 'scripts/%s: %s\n' "${0##*/}" "$1" >&2
    exit 1
}

# Prints what the script's first comment says, for whoever ran it with other arguments.
usage() {
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        type -P sudo >/dev/null || fail "there is no sudo; run as root: $*"
        sudo "$@"
    fi
}

# Fetches the lists of Debian's packages: those of an image are empty, or name packages that are gone.
update_lists() {
    as_root apt-get update -qq || fail "apt-get update failed; run this again"
}

# Installs Debian packages: `install_packages gcc libc6-dev`.
install_packages() {
    heading "installing $*"
    type -P apt-get >/dev/null || fail "needed, and there is no apt-get to install them: $* (or what your system calls them)"
    update_lists
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
        fail "apt-get install failed; these are needed: $*"
}

# The Debian package of the certificates that downloads need, where it is not there.
missing_certificates() {
    if type -P apt-get >/dev/null && [[ ! -e /etc/ssl/certs/ca-certificates.crt ]]; then echo ca-certificates; fi
}

# Installs packages from npm in folder $1, which is made: `install_npm_packages FOLDER esbuild@0.28.2`.
install_npm_packages() {
    local folder=$1
    shift
    mkdir -p "$folder"
    [[ -e $folder/package.json ]] || printf '{ "private": true }\n' >"$folder/package.json"
    (cd "$folder" && npm install --silent --no-audit --no-fund --save-exact "$@") ||
        fail "npm can't install $* into $folder; if the network failed, run this again"
}

# Whether version $1 is $2 or later.
is_at_least() {
    [[ $(printf '%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

# The cargo of rustup, also in a shell from before that was installed.
find_cargo() {
    type -P cargo >/dev/null || PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    export PATH
    type -P cargo >/dev/null || fail "there is no cargo; install rustup (see rustup.rs), then run this again"
}
