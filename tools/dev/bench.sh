dev_bench() {
  if [ $# -eq 0 ] || wants_help "$1"; then
    cat <<'TEXT'
usage: ./dev bench NAME [options]     (each bench has --help; lines `figure NAME VALUE UNIT` are for scripts)
  journal_append   appends with fsync beside a bare write+fdatasync loop of the same bytes and blocks
  keyed_count      200-byte events, a million keys, exactly once, fsync, one core
  nexmark          NEXMARK q0-q5, q7-q9, q11, q12, q17-q20 from memory, one core; --check against a reference
  fanout           WebSocket deliveries to 1,000 local clients beside bare sockets
  library_bench    word_count | hops | replay | larger_state | restart: the stream library by its promises
  four_speeds      push, poll, bounded run and request-response on one topic, with and without a slow reader
  recommend        next-item recommendations while sessions are learnt, 100,000 items, one core
  offers           the whole recommender on the log: looks a second, time to committed offers, 100,000 items
  assistant        questions of a chat grouped and answered from the demo's texts, one core
  chat_pipeline    a chat message through moderation, questions, mood and alerts, one core
  kafka_scale      1, 2, 4 processes and 2 again by kill -9 under load on Kafka: what moved, the longest gap of a partition
  order_latency    orders end to end at 500/s, with the fsync histogram
  peers            the same word count on Kafka by us, Kafka Streams, Flink, Spark, Storm, Trident and Samza: docs/table2.md
  serenade         one decision of session recommendation beside the Rust crate serenade, on --data DIR or VITRINE_DATA
  als              the same clicks, learnt online beside Spark's ALS that is retrained hourly, on --data DIR or VITRINE_DATA
TEXT
    return 0
  fi
  local name="$1"; shift
  if [ "$name" = peers ]; then
    # Not a program of the default build: engines, broker and observer come from Maven.
    wants_help "$@" || { install build kafka; build_cpp release peers; }
    exec python3 bench/peers/peers.py "$@"
  fi
  if [ "$name" = kafka_scale ]; then
    install build kafka
    build_cpp release kafka_scale word_count
    wants_help "$@" && exec "$(program kafka_scale)" --help
    exec tools/kafka/broker.py with --own -- "$(program kafka_scale)" --program "$(program word_count)" "$@"
  fi
  if [ "$name" = serenade ] || [ "$name" = als ]; then
    # The others' halves are built and installed by the scripts, from crates and from PyPI.
    if ! wants_help "$@"; then
      install build
      # A Rust from elsewhere is as good as Debian's.
      [ "$name" = serenade ] && command -v cargo >/dev/null || install "$name"
      build_cpp release session_decisions
    fi
    exec python3 "bench/sessions/$name.py" "$@"
  fi
  install build
  build_cpp release
  [ "$name" = order_latency ] && build_web
  [ -x "$(program "$name")" ] || die "no bench '$name': ./dev bench lists them"
  exec "$(program "$name")" "$@"
}
