// The running word count of a stream of lines: count words of `user-activity` into `word-counts`.
//
//   word_count --input README.md --until-now
//   yes "to be or not to be" | head -1000 | word_count --input - --output-mode update
#include <string>

#include "vitrine/app.h"
#include "vitrine/run.h"
#include "vitrine/text.h"

using namespace vitrine;

const Topic<std::string, std::string> user_activity{"user-activity"};
const Topic<std::string, std::string> word_counts{"word-counts"};

int main(int argc, char** argv) {
  // snippet: word_count
  App app{"word-count"};
  app.stream(user_activity)
      .flat_map<std::string>([](std::string_view line, Emit<std::string>& emit) {
        for (std::string_view word : split(line, ' ')) {
          if (!word.empty()) emit(word);
        }
      })
      .group_by([](std::string_view word) { return word; })
      .count("word-counts")
      .map([](std::uint64_t count) { return std::to_string(count); })
      .to(word_counts);
  return run(app, RunOptions::from_args(argc, argv));
  // end
}
