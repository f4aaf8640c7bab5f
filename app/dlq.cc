// `vitrine dlq list|show|replay`: records whose processing threw.
//
// list and show read the log beside a running server; replay appends, so it opens the log itself
// and needs the server to be stopped.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/commands.h"
#include "app/engine_folders.h"
#include "app/house.h"
#include "app/topic_decoders.h"
#include "commerce/model/json.h"
#include "streams/log/journal.h"
#include "vitrine/dead_letters.h"

namespace vitrine {
namespace {

struct DlqOptions {
  std::string log = "./var/log";
  std::string topic;
  std::uint64_t from = 1;
  std::uint64_t count = ~0ULL;
  bool keep_time = false;
};

using Visit =
    std::function<void(const EngineFolder&, const Positioned&, const DeadLetter&)>;

// The dead letters of one topic, or of all when none is named, engine by engine.
Result<void> each_letter(const DlqOptions& options, const Visit& visit) {
  VT_TRY(const auto folders, engine_folders(real_env().disk, options.log));
  bool found = options.topic.empty();
  for (const EngineFolder& folder : folders) {
    VT_TRY(const auto journal, Journal::open_read_only(real_env().disk, folder.path + "/journal"));
    for (const std::string& topic : journal->topics()) {
      if (!topic.ends_with(kDeadLetterSuffix)) continue;
      if (!options.topic.empty() && topic != options.topic &&
          topic != dead_letter_topic(options.topic))
        continue;
      found = true;
      VT_TRY_VOID(read_dead_letters(
          *journal, topic, [&](const Positioned& record, const DeadLetter& letter) {
            visit(folder, record, letter);
          }));
    }
  }
  if (found) return {};
  return fail(Code::NotFound, options.topic + " has no dead letters in " + options.log);
}

Result<void> list(const DlqOptions& options) {
  struct Line {
    std::uint64_t letters = 0;
    std::string newest;
  };
  std::map<std::pair<std::string, std::string>, Line> lines;
  VT_TRY_VOID(each_letter(options, [&](const EngineFolder& folder, const Positioned& record,
                                       const DeadLetter& letter) {
    Line& line = lines[{folder.name, record.topic}];
    ++line.letters;
    line.newest = letter.cause;
  }));
  for (const auto& [of, line] : lines) {
    std::printf("%-10s %-28s %8llu  newest: %s\n", of.first.c_str(), of.second.c_str(),
                static_cast<unsigned long long>(line.letters), line.newest.c_str());
  }
  if (lines.empty()) std::printf("no dead letters\n");
  return {};
}

std::string letter_json(const Positioned& record, const DeadLetter& letter) {
  const KnownTopic* topic = find_topic(letter.topic);
  const auto message = topic != nullptr ? topic->decode(letter.value) : nullptr;
  using model::json_text;
  return "{\"dlq\":" + json_text(record.topic) +
         ",\"position\":" + std::to_string(record.position.value()) +
         ",\"at\":" + std::to_string(millis_of(record.record.timestamp)) +
         ",\"of\":" + json_text(letter.topic) +
         ",\"of_position\":" + std::to_string(letter.position) +
         ",\"cause\":" + json_text(letter.cause) + ",\"key_hex\":\"" + to_hex(letter.key) +
         "\",\"value\":" +
         (message ? model::to_json(*message) : "{\"hex\":\"" + to_hex(letter.value) + "\"}") + "}";
}

Result<void> show(const DlqOptions& options) {
  std::uint64_t shown = 0;
  return each_letter(options, [&](const EngineFolder&, const Positioned& record,
                                  const DeadLetter& letter) {
    if (record.position < Position{options.from} || shown >= options.count) return;
    ++shown;
    std::printf("%s\n", letter_json(record, letter).c_str());
  });
}

Result<void> replay(const DlqOptions& options) {
  std::string domain;
  VT_TRY_VOID(each_letter(options, [&](const EngineFolder& folder, const Positioned&,
                                       const DeadLetter&) { domain = folder.name; }));
  VT_TRY(House house, House::open(real_env(), options.log));
  const auto engines = house.engines();
  const auto found = std::find_if(engines.begin(), engines.end(),
                                  [&](const Engine* one) { return one->name() == domain; });
  if (found == engines.end())
    return fail(Code::Unsupported, options.log + "/" + domain +
                                       " is no log of this program; in your own call "
                                       "replay_dead_letters (vitrine/dead_letters.h)");
  VT_TRY_VOID(house.start());
  const auto done =
      replay_dead_letters(**found, options.topic,
                          {Position{options.from}, options.count, options.keep_time});
  house.stop();
  if (!done) return tl::unexpected<Error>(done.error());
  std::printf("%llu appended again, %llu were before, %llu of timers cannot be\n",
              static_cast<unsigned long long>(done->appended),
              static_cast<unsigned long long>(done->already),
              static_cast<unsigned long long>(done->timers));
  return {};
}

}  // namespace

int run_dlq(int argc, char** argv) {
  CLI::App cli{"Dead letters: records whose processing threw, with the cause."};
  cli.require_subcommand(1);
  DlqOptions options;
  const auto with = [&](CLI::App* command, bool topic) {
    command->add_option("--log", options.log, "the log's folder")->capture_default_str();
    if (!topic) return command;
    command->add_option("topic", options.topic, "e.g. shop.commands")->required();
    command->add_option("--from", options.from, "the first dead letter's position");
    command->add_option("--count", options.count, "at most so many");
    return command;
  };
  auto* listed = with(cli.add_subcommand("list", "topics with dead letters"), false);
  auto* shown = with(cli.add_subcommand("show", "a topic's dead letters as JSON lines"), true);
  auto* replayed = with(
      cli.add_subcommand("replay",
                         "append the records to their topic again, each once however often this is "
                         "called; the server must be stopped. With --from and --count choose those "
                         "whose cause is mended"),
      true);
  replayed->add_flag("--keep-time", options.keep_time, "with their first times, not as of now");
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  }
  const auto ended = listed->parsed() ? list(options)
                     : shown->parsed() ? show(options)
                                       : replay(options);
  if (ended) return 0;
  std::fprintf(stderr, "vitrine dlq: %s\n", ended.error().message.c_str());
  return 1;
}

}  // namespace vitrine
