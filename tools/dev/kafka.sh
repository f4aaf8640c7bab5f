dev_kafka() {
  if wants_help "$@" || [ $# = 0 ]; then
    cat <<'TEXT'
usage: ./dev kafka start|stop|status|wipe|install [--port N] [--folder F] [--light]
One Apache Kafka broker on loopback (port 9092 unless told otherwise), for trying and measuring; data in build/kafka/broker,
removed by wipe. Then: build/release/bin/word_count --log kafka://127.0.0.1:9092
TEXT
    return 0
  fi
  case "$1" in start|install) install kafka ;; esac
  exec tools/kafka/broker.py "$@"
}
