dev_test() {
  if wants_help "$@"; then
    cat <<'TEXT'
usage: ./dev test [FILTER] [--asan | --tsan] [--fresh] [--update] [--data DIR]
Installs, builds and runs all tests, or those whose name contains FILTER; the last line counts them.
  --asan, --tsan   the C++ tests under AddressSanitizer + UBSan, or ThreadSanitizer
  --fresh          proves ./dev run and ./dev test from a clean clone in a fresh Debian 12 (debootstrap chroot)
  --update         rewrites the snapshots in tests (review them as code)
  --data DIR       the optional data sets (also VITRINE_DATA)
TEXT
    return 0
  fi
  local preset=release filter="" update=""
  while [ $# -gt 0 ]; do
    case "$1" in
      --asan) preset=asan-ubsan; shift ;;
      --tsan) preset=tsan; shift ;;
      --fresh) install fresh; exec tools/dev/fresh_chroot.sh ;;
      --update) update=1; shift ;;
      --data) export VITRINE_DATA="$2"; shift 2 ;;
      *) filter="$1"; shift ;;
    esac
  done
  export TSAN_OPTIONS="suppressions=$PWD/tools/dev/tsan.supp ${TSAN_OPTIONS:-}"
  install build test kafka
  tools/kafka/broker.py install || true  # where it cannot be had its tests are skipped, and say why
  build_cpp "$preset"
  build_web
  [ -e tests/browser/package-lock.json ] && npm_ci tests/browser
  VITRINE_UPDATE="$update" exec python3 tools/run_tests.py --build "build/$preset" ${filter:+--filter "$filter"}
}
