# Shared by the commands of ./dev: installing, configuring, building. Sourced, never run.
# Objects are shared by build folders and clones: paths are relative, and so is what ccache compares. Its own times and macros
# are all it may be sloppy about, which precompiled headers ask for.
export CCACHE_NOHASHDIR=1 CCACHE_BASEDIR="$PWD" CCACHE_SLOPPINESS=pch_defines,time_macros

say() { printf '\033[1m› %s\033[0m\n' "$*" >&2; }
die() { printf 'dev: %s\n' "$*" >&2; exit 1; }
wants_help() { for a in "$@"; do [ "$a" = --help ] || [ "$a" = -h ] && return 0; done; return 1; }

jobs_max() { echo 2; }

# with_retries TIMES COMMAND…: package registries fail half-way now and then.
with_retries() {
  local times="$1" try; shift
  for try in $(seq "$times"); do
    "$@" && return 0
    [ "$try" = "$times" ] || { say "failed (try $try of $times): $*"; sleep $((try * 3)); }
  done
  return 1
}

# Groups of Debian packages: tools/dev/packages.txt, "group package" a line.
packages_of() { awk -v g="$1" '$1 == g { print $2 }' tools/dev/packages.txt; }

missing_packages() {
  local group name
  for group in "$@"; do
    for name in $(packages_of "$group"); do
      dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || echo "$name"
    done
  done
}

# install GROUP…: idempotent; a stamp of the list makes the second time free.
install() {
  local stamp key missing
  key="$(cat tools/dev/packages.txt | sha256sum | cut -c1-16)-$(printf '%s-' "$@")$({ cat /etc/machine-id 2>/dev/null || true; } | sha256sum | cut -c1-8)"
  stamp="build/.stamps/apt-$key"
  [ -e "$stamp" ] && return 0
  missing="$(missing_packages "$@")"
  # A Node from elsewhere is as good as Debian's, and its npm would conflict with Debian's package.
  if ! { command -v node >/dev/null && command -v npm >/dev/null; }; then missing="$missing nodejs npm"; fi
  if [ -n "${missing// /}" ]; then
    [ "$(id -u)" = 0 ] || die "these packages are missing: $missing; run as root, or install them by hand"
    say "installing $(echo $missing | wc -w) Debian packages"
    export DEBIAN_FRONTEND=noninteractive
    with_retries 4 apt-get update -qq
    with_retries 4 apt-get install -y -qq --no-install-recommends $missing >/dev/null
  fi
  mkdir -p build/.stamps && touch "$stamp"
}

# configure PRESET: only when CMakeCache is absent; ninja re-runs cmake by itself when a CMakeLists changed.
configure() {
  [ -e "build/$1/build.ninja" ] || cmake --preset "$1" >"build/.cmake-$1.log" 2>&1 ||
    { cat "build/.cmake-$1.log"; die "configuring the preset $1 failed"; }
}

build_cpp() {
  local preset="$1"; shift
  mkdir -p build
  configure "$preset"
  ninja -C "build/$preset" -j "$(jobs_max)" --quiet "$@"
}

# The pages: web/dist, rebuilt when any source of theirs changed.
build_web() {
  local key
  key="$(find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)"
  [ -e web/dist/index.html ] && [ "$(cat web/dist/.key 2>/dev/null)" = "$key" ] && return 0
  npm_ci web
  say "building the pages"
  (cd web && npm run --silent build >../build/.web.log 2>&1) || { cat build/.web.log; die "building web/ failed"; }
  echo "$key" >web/dist/.key
}

# npm_ci FOLDER: the locked packages, once per lock file.
npm_ci() {
  local key
  key="$(sha256sum <"$1/package-lock.json" | cut -c1-16)"
  [ "$(cat "$1/node_modules/.key" 2>/dev/null)" = "$key" ] && return 0
  say "installing the npm packages of $1"
  (cd "$1" && with_retries 4 npm ci --no-audit --no-fund --loglevel=error)
  echo "$key" >"$1/node_modules/.key"
}

program() { echo "build/release/bin/$1"; }
