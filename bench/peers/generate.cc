// peers_generate N: the first N records of the comparison's text, one a line, on standard output.
// peers_generate --check N: reads `word<TAB>count` lines of a word count over those records from
// standard input and prints how they compare with the truth, as one line of JSON.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

#include "bench/peers/generator.h"
#include "bench/peers/word_check.h"

using namespace vitrine::peers;

namespace {

void print_records(std::uint64_t records) {
  Generator generator;
  for (std::uint64_t n = 0; n < records; ++n) {
    const std::string line = generator.record(n) + '\n';
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
}

int check(std::uint64_t records) {
  std::ios::sync_with_stdio(false);
  WordCheck words(records);
  for (std::string line; std::getline(std::cin, line);) {
    const auto tab = line.find('\t');
    std::uint64_t count = 0;
    const char* const end = line.data() + line.size();
    if (tab == line.npos || std::from_chars(line.data() + tab + 1, end, count).ptr != end) {
      std::fprintf(stderr, "peers_generate: not word<TAB>count: %s\n", line.c_str());
      return 1;
    }
    words.add(std::string_view(line).substr(0, tab), count);
  }
  std::puts(words.report().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool checks = argc == 3 && std::strcmp(argv[1], "--check") == 0;
  const char* const number = argc >= 2 ? argv[argc - 1] : "";
  const char* const end = number + std::strlen(number);
  std::uint64_t records = 0;
  if ((argc != 2 && !checks) || std::from_chars(number, end, records).ptr != end || *number == 0) {
    std::fprintf(stderr, "usage: peers_generate N | peers_generate --check N\n");
    return 2;
  }
  if (checks) return check(records);
  print_records(records);
  return 0;
}
