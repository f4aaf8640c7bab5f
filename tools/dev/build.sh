dev_build() {
  if wants_help "$@"; then
    cat <<'TEXT'
usage: ./dev build [--preset NAME] [--no-web] [TARGET…]
Installs what the build needs, configures and builds into build/NAME (default release). Programs: build/release/bin/.
TEXT
    return 0
  fi
  local preset=release web=yes
  while [ $# -gt 0 ]; do
    case "$1" in
      --preset) preset="$2"; shift 2 ;;
      --no-web) web=no; shift ;;
      *) break ;;
    esac
  done
  install build
  [ "$preset" = fuzz ] && install fuzz
  build_cpp "$preset" "$@"
  [ "$web" = no ] || build_web
}
