dev_clean() {
  if wants_help "$@"; then
    echo "usage: ./dev clean     removes build/ and web/dist; var/ (your logs) stays"
    return 0
  fi
  rm -rf build web/dist
}
