dev_run() {
  if wants_help "$@"; then
    cat <<'TEXT'
usage: ./dev run [options of `vitrine demo`]
Installs, builds and starts a live show of a real shop's catalogue with a hundred simulated viewers, on the embedded log in
./var/demo, and prints its address. Stop with Ctrl-C; a second start goes on where it was.

  --port N       default 8080; 0 picks a free one        --bind ADDR    default 127.0.0.1; 0.0.0.0 lets phones join
  --viewers N    default 100                             --speed X      default 1
  --log DIR      default ./var/demo                      --seed N       default 1
  --for 60s      end by itself
TEXT
    return 0
  fi
  install build
  build_cpp release
  build_web
  exec "$(program vitrine)" demo --data data --web web/dist "$@"
}
