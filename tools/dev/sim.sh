dev_sim() {
  if wants_help "$@"; then
    cat <<'TEXT'
usage: ./dev sim
Runs the power-loss test: the journal over a disk that drops, tears and reorders what was not synced, 300 seeds.
The simulator of the whole engine (--seed, --minutes) comes with a later release.
TEXT
    return 0
  fi
  [ $# -eq 0 ] || { echo "dev sim: options come with the whole-engine simulator, in a later release" >&2; exit 2; }
  install build
  build_cpp release power_loss_test
  exec build/release/tests/power_loss_test
}
