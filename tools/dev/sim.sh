dev_sim() {
  if wants_help "$@"; then
    cat <<'TEXT'
usage: ./dev sim [--seed N | --runs N | --minutes M]
The stream library on a simulated machine: an App of counts, hops, windows and timers through kills, power cuts, torn writes, failed
syncs, full disks, flipped bits, jumping and frozen clocks, slow disks and shards; its log is held against a ledger, a reference and
what readers were shown after each life.
A broken promise prints its seed; --seed N shows it again, and the same seed always gives the same trace_hash.
Without options: 100 runs, and the power-loss test of the journal (300 seeds).
TEXT
    return 0
  fi
  install build
  build_cpp release simulate power_loss_test
  [ $# -eq 0 ] && build/release/tests/power_loss_test
  exec build/release/bin/simulate "$@"
}
