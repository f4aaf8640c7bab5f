dev_soak() {
  if wants_help "$@"; then
    echo "usage: ./dev soak [--kills N]   kill -9 of the word count and the demo, N times each (default 1000), then the ledgers"
    return 0
  fi
  local kills=1000
  [ "${1:-}" = --kills ] && kills="$2"
  install build
  build_cpp release
  build_web
  python3 tests/crash/word_count_kill.py --program "$(program word_count)" --folder build/soak --kills "$kills" --open-min 0
  python3 tests/demo_kill.py --bin build/release/bin --kills "$kills"
}
