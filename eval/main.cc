// vitrine_eval NAME: how good the models are on real data. `./dev eval` builds and runs it.
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "eval/task.h"

namespace {

using vitrine::eval::Options;
using vitrine::eval::Task;

void print_usage(std::FILE* to) {
  std::fputs(
      "usage: vitrine_eval NAME [--data DIR] [--test FILE] [--kill-at STEP] [--choose]\n"
      "\n"
      "  --data DIR         the folder of the data sets; else VITRINE_DATA says it\n"
      "  --test FILE        test on this file instead of the task's own split; may be gzip\n"
      "  --kill-at STEP     where the run that is killed and gone on with dies\n"
      "  --choose           choose the parameters anew, on folds of the training part\n"
      "  --parameters DIR   where they are kept: eval/parameters\n"
      "\n"
      "Every evaluation runs twice, and once more after a kill: the score bytes must be the same.\n"
      "\n",
      to);
  for (const Task& task : vitrine::eval::tasks())
    std::fprintf(to, "  %-10.*s %.*s\n", static_cast<int>(task.name.size()), task.name.data(),
                 static_cast<int>(task.what.size()), task.what.data());
}

// False, after a sentence on stderr, when an option is unknown or has no value.
bool read_options(int argc, char** argv, Options& options) {
  for (int i = 2; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--choose") {
      options.choose = true;
      continue;
    }
    const bool known =
        name == "--data" || name == "--test" || name == "--parameters" || name == "--kill-at";
    if (!known || i + 1 == argc) {
      std::fprintf(stderr,
                   known ? "vitrine_eval: %s needs a value\n"
                         : "vitrine_eval: no option %s; --help lists them\n",
                   argv[i]);
      return false;
    }
    const std::string_view value = argv[++i];
    if (name == "--data") options.data = value;
    if (name == "--test") options.test = value;
    if (name == "--parameters") options.parameters = value;
    if (name == "--kill-at") {
      std::size_t step = 0;
      const auto end = value.data() + value.size();
      if (std::from_chars(value.data(), end, step).ptr != end || value.empty()) {
        std::fprintf(stderr, "vitrine_eval: --kill-at %s is not a number\n", argv[i]);
        return false;
      }
      options.kill_at = step;
    }
  }
  return true;
}

int tell(const vitrine::Error& error) {
  std::fprintf(stderr, "vitrine_eval: %s\n", error.message.c_str());
  return 1;
}

int run(const Task& task, const Options& options) {
  if (options.choose && task.choose == nullptr) {
    std::fprintf(stderr, "vitrine_eval: %s has nothing to choose\n", task.name.data());
    return 2;
  }
  if (options.choose) {
    const auto chosen = task.choose(options);
    return chosen ? 0 : tell(chosen.error());
  }
  const auto figures = task.run(options);
  if (!figures) return tell(figures.error());
  for (const auto& [name, value, unit] : *figures)
    std::printf("figure %s %.6g %s\n", name.c_str(), value, unit.c_str());
  std::printf("figure score_bytes_identical 1 -\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  const bool asked = name == "--help" || name == "-h";
  if (name.empty() || asked) {
    print_usage(asked ? stdout : stderr);
    return asked ? 0 : 2;
  }
  Options options;
  if (const char* folder = std::getenv("VITRINE_DATA")) options.data = folder;
  if (!read_options(argc, argv, options)) return 2;
  for (const Task& task : vitrine::eval::tasks())
    if (task.name == name) return run(task, options);
  std::fprintf(stderr, "vitrine_eval: no evaluation '%s'; --help lists them\n", argv[1]);
  return 2;
}
