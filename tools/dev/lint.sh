dev_lint() {
  if wants_help "$@"; then
    echo "usage: ./dev lint      checks the floor plan, line, file and function lengths, headers and dead files"
    return 0
  fi
  install build
  python3 tools/check_includes.py
  python3 tools/check_tidy.py --headers
}
