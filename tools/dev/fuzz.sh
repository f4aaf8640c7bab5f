dev_fuzz() {
  if wants_help "$@"; then
    echo "usage: ./dev fuzz [--seconds N] [NAME]   libFuzzer on every parser (default 60 s each), or on one"
    return 0
  fi
  local seconds=60 name="" target
  while [ $# -gt 0 ]; do
    case "$1" in --seconds) seconds="$2"; shift 2 ;; *) name="$1"; shift ;; esac
  done
  install build fuzz
  build_cpp fuzz fuzzers
  for target in build/fuzz/fuzz/*_fuzz; do
    [ -z "$name" ] || [ "$(basename "$target")" = "${name}_fuzz" ] || continue
    say "fuzzing $(basename "$target") for $seconds s"
    mkdir -p "build/fuzz/corpus/$(basename "$target")"
    "$target" -max_total_time="$seconds" -print_final_stats=1 -rss_limit_mb=512 "build/fuzz/corpus/$(basename "$target")" 2>&1 | tail -n 8
  done
}
