dev_soak() {
  if wants_help "$@"; then
    cat <<'TEXT'
usage: ./dev soak [--kafka | --kafka-cluster] [--kills N] [--interval SECONDS] [--seed N]
kill -9 at random moments, N times each (default 1000): random topologies on the real disk (each compared with the same App in
memory; figures lost, doubled, out_of_order, and 200 flipped bits), the word count, the word count on Kafka (at most 200 times,
one process and two, and 50 times at least once), and the demo; then 300 power-loss runs.
--kafka: only what is on Kafka; 200 kills of one process, 200 of two, and 20 restarts of the broker, unless told otherwise.
--kafka-cluster: only a cluster of three brokers (three copies, two must have a write), one of which is killed every --interval
seconds (default 60) and comes back, --kills times (10 unless told otherwise) under each of one process and two.
--seed N begins with another topology; a failure prints the command that shows it again.
TEXT
    return 0
  fi
  local kills="" seed=1 interval=60 only=""
  while [ $# -gt 0 ]; do
    case "$1" in
      --kafka|--kafka-cluster) only="$1"; shift ;;
      --interval) interval="$2"; shift 2 ;;
      --kills) kills="$2"; shift 2 ;;
      --seed) seed="$2"; shift 2 ;;
      *) die "soak: no option $1" ;;
    esac
  done
  install build
  if [ "$only" = --kafka-cluster ]; then
    build_cpp release kafka_cluster word_count
    soak_kafka_cluster "${kills:-10}" "$interval" "$seed"
    return
  fi
  build_cpp release
  kills="${kills:-1000}"
  if [ "$only" = --kafka ]; then
    soak_kafka $((kills < 200 ? kills : 200)) "$seed"
    return
  fi
  build_web
  build/release/tests/topology_soak --folder build/soak --kills "$kills" --seed "$seed"
  build/release/tests/power_loss_test
  python3 tests/crash/word_count_kill.py --program "$(program word_count)" --folder build/soak --kills "$kills" --open-min 0
  soak_kafka $((kills < 200 ? kills : 200)) "$seed"
  python3 tests/demo_kill.py --bin build/release/bin --kills "$kills"
}

# soak_kafka KILLS SEED: of the word count's processes, then a tenth as many of the broker.
soak_kafka() {
  local processes tests=build/release/tests words
  words="$(program word_count)"
  install kafka
  for processes in 1 2; do
    tools/kafka/broker.py with --light -- $tests/kafka_word_count_kill --program "$words" --kills "$1" --processes "$processes" --seed "$2"
  done
  tools/kafka/broker.py with --light -- $tests/kafka_word_count_kill --program "$words" --kills $(($1 < 50 ? $1 : 50)) \
    --guarantee at-least-once --seed "$2"
  tools/kafka/broker.py with --light -- $tests/kafka_broker_restart --program "$words" --tool tools/kafka/broker.py --kills $(($1 / 10))
}

# soak_kafka_cluster KILLS INTERVAL SEED: of one of three brokers, under the local and the distributed plan.
soak_kafka_cluster() {
  local processes
  install kafka
  for processes in 1 2; do
    tools/kafka/broker.py with --nodes 3 -- build/release/tests/kafka_cluster --program "$(program word_count)" \
      --tool tools/kafka/broker.py --processes "$processes" --kills "$1" --interval "$2" --seed "$3"
  done
}
