dev_soak() {
  if wants_help "$@"; then
    cat <<'TEXT'
usage: ./dev soak [--kills N] [--seed N]
kill -9 at random moments, N times each (default 1000): random topologies on the real disk (each compared with the same App in
memory; figures lost, doubled, out_of_order, and 200 flipped bits), the word count, the word count on Kafka (at most 200 times,
one process and two, and 50 times at least once), and the demo; then 300 power-loss runs.
--seed N begins with another topology; a failure prints the command that shows it again.
TEXT
    return 0
  fi
  local kills=1000 seed=1
  while [ $# -ge 2 ]; do
    case "$1" in
      --kills) kills="$2" ;;
      --seed) seed="$2" ;;
      *) die "soak: no option $1" ;;
    esac
    shift 2
  done
  install build
  build_cpp release
  build_web
  build/release/tests/topology_soak --folder build/soak --kills "$kills" --seed "$seed"
  build/release/tests/power_loss_test
  python3 tests/crash/word_count_kill.py --program "$(program word_count)" --folder build/soak --kills "$kills" --open-min 0
  install kafka
  local processes
  for processes in 1 2; do
    tools/kafka/broker.py with --light -- build/release/tests/kafka_word_count_kill --program "$(program word_count)" \
      --kills $((kills < 200 ? kills : 200)) --processes "$processes" --seed "$seed"
  done
  tools/kafka/broker.py with --light -- build/release/tests/kafka_word_count_kill --program "$(program word_count)" \
    --kills $((kills < 50 ? kills : 50)) --guarantee at-least-once --seed "$seed"
  python3 tests/demo_kill.py --bin build/release/bin --kills "$kills"
}
