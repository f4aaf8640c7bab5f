// chat_pipeline: one chat message through the real rooms, one core, in memory: in the chat's App it
// is normalised, moderated (words, echoes, the classifier after thirty decisions) and numbered; in
// App insight searched for questions, scored and drawn into the trend. Both tasks alone, as the
// engine drives them: no disk, no threads; records arrive encoded, an epoch is drained every 10,000
// messages, clocks tick every second of the show. The messages are put together of two halves of
// real sentences and questions, in eight shows, 1,000 a second of show time, by 20,000 viewers.
//
// --digest 1 measures nothing: raids, words of the lists in many spellings, repeats, and moderators
// who decide are mixed in, and everything that both Apps say is told as one number, which stays the
// same from build to build unless a decision is to change.
//
//   chat_pipeline [--messages N] [--data DIR] [--decisions N] [--digest 1]
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "bench/bench_kit.h"
#include "commerce/chat/topology.h"
#include "commerce/insight/topology.h"
#include "commerce/model/topics.h"
#include "commerce/moderation/lists.h"
#include "learn/text/features.h"
#include "streams/store/store.h"
#include "streams/topology/graph.h"
#include "streams/topology/task.h"

namespace {

using namespace vitrine;  // NOLINT(google-build-using-namespace)
using bench::now_ns;

struct Options {
  std::uint64_t messages = 300'000, decisions = 30;
  std::string data = "data";
  bool digest = false;
};

constexpr std::size_t kShows = 8;
constexpr std::uint64_t kViewers = 20'000, kEpochMessages = 10'000, kPerSecond = 1'000;

// Keeps what was said on one topic, counts the rest.
class Kept final : public Output {
 public:
  explicit Kept(std::size_t topic) : topic_(topic) {}
  void emit(std::size_t topic, const RecordView& record) override {
    ++records;
    if (digests) {
      digest = learn::stable_hash(record.key, digest + topic);
      digest = learn::stable_hash(record.value, digest);
    }
    if (topic == topic_) said.emplace_back(record.key, record.value);
  }
  std::vector<std::pair<Bytes, Bytes>> said;
  std::uint64_t records = 0, digest = 0;
  bool digests = false;

 private:
  std::size_t topic_;
};

std::size_t topic_in(const Topology& topology, const std::string& name) {
  const auto& all = topology.topics();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].name == name) return i;
  std::fprintf(stderr, "chat_pipeline: no topic %s\n", name.c_str());
  std::exit(1);
}

// One App's task, as a shard drives it.
class Driven {
 public:
  Driven(const App& app, const std::string& in, const std::string& out)
      : topology_(app.topology().value()),
        backend_(memory_backend()),
        stores_(*backend_, std::size_t{1} << 30U),
        task_(topology_->instantiate(stores_)),
        in_(topic_in(*topology_, in)),
        out_(topic_in(*topology_, out)) {
    task_->restored();
  }
  void take(BytesView key, BytesView value, Time time) {
    out_.said.clear();
    stores_.begin_record();
    task_->on_record(in_, 0, Position{++position_}, {key, value, time, {}}, out_);
  }
  void tick(Time now) { task_->on_wall(now, out_); }
  void drain() {
    stores_.drain(Epoch{++epoch_}, [](const std::string&, BytesView, BytesView, bool) {});
    stores_.committed(Epoch{epoch_});
  }
  const Kept& out() const { return out_; }
  void digest() { out_.digests = true; }

 private:
  std::shared_ptr<const Topology> topology_;
  std::unique_ptr<StateBackend> backend_;
  StoreSet stores_;
  std::unique_ptr<Task> task_;
  std::size_t in_;
  Kept out_;
  std::uint64_t position_ = 0, epoch_ = 0;
};

App chat_alone() {
  App app{"audience"};
  chat::add_chat(app);
  return app;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) out.push_back(line);
  return out;
}

class Pipeline {
 public:
  Pipeline()
      : chat_(chat_alone(), topics::chat_commands.name(), topics::show_chat.name()),
        insight_(insight_app(), topics::show_chat.name(), topics::show_insights.name()) {}

  // What took how long: the chat's App, App insight.
  std::pair<std::int64_t, std::int64_t> message(BytesView show, BytesView command, Time time) {
    const std::int64_t began = now_ns();
    chat_.take(show, command, time);
    const std::int64_t decided = now_ns();
    for (const auto& [key, value] : chat_.out().said) insight_.take(key, value, time);
    return {decided - began, now_ns() - decided};
  }
  void tick(Time now) {
    chat_.tick(now);
    insight_.tick(now);
  }
  void drain() {
    chat_.drain();
    insight_.drain();
  }
  std::uint64_t told() const { return insight_.out().records; }
  const std::vector<std::pair<Bytes, Bytes>>& said() const { return chat_.out().said; }
  void digest() {
    chat_.digest();
    insight_.digest();
  }
  void tell_digest() const {
    std::printf("digest chat %016llx insight %016llx of %llu and %llu records\n",
                static_cast<unsigned long long>(chat_.out().digest),
                static_cast<unsigned long long>(insight_.out().digest),
                static_cast<unsigned long long>(chat_.out().records),
                static_cast<unsigned long long>(insight_.out().records));
  }

 private:
  Driven chat_, insight_;
};

Bytes removal_of(const std::string& text) {
  ChatCommand command;
  command.mutable_remove()->set_text(text);
  command.mutable_remove()->set_message("1");
  return encoded(command);
}

Bytes post_of(std::uint64_t number, const std::string& text) {
  ChatCommand command;
  PostMessage& post = *command.mutable_post();
  post.set_author("vwr_" + std::to_string(number % kViewers));
  post.set_nickname("Viewer " + std::to_string(number % kViewers));
  post.set_role("viewer");
  post.set_id("m-" + std::to_string(number));
  post.set_text(text);
  return encoded(command);
}

// The beginning of one line and the end of another: what was said before would be a raid's echo.
std::string fresh_line(const std::vector<std::string>& texts, bench::Numbers& numbers) {
  const std::string& first = texts[numbers.next() % texts.size()];
  const std::string& second = texts[numbers.next() % texts.size()];
  const auto space = first.find(' ', first.size() / 2);
  const auto end = second.rfind(' ', second.size() / 2);
  return first.substr(0, space) + " " + second.substr(end == std::string::npos ? 0 : end + 1);
}

// What a mixed room says and does, beside fresh lines.
class Mixture {
 public:
  Mixture(const std::vector<std::string>& texts, bench::Numbers& numbers)
      : texts_(texts), numbers_(numbers) {
    learn_words();
  }
  Bytes command(std::uint64_t i, const std::vector<std::pair<Bytes, Bytes>>& said) {
    note_held(said);
    if (i % 41 == 7 && !held_.empty()) return decision();
    if (i % 53 == 11) return removal(i);
    if (i % 997 == 13) return action(i);
    if (i % 29 == 17 && i > 40) return post_of(i - 40, line(i));
    return post_of(i, line(i));
  }

 private:
  void learn_words() {
    std::string_view all = moderation::words_tsv();
    while (!all.empty()) {
      const std::string_view row = all.substr(0, all.find('\n'));
      const auto tab = row.find('\t');
      if (tab != std::string_view::npos) words_.emplace_back(row.substr(tab + 1));
      all.remove_prefix(std::min(all.size(), row.size() + 1));
    }
  }
  std::string line(std::uint64_t i) {
    if (i % 10 == 3 && !last_.empty()) return spelt(last_, numbers_.next() % 3);
    std::string text = fresh_line(texts_, numbers_);
    if (numbers_.next() % 16 == 0) text += " " + words_[numbers_.next() % words_.size()];
    text = spelt(std::move(text), numbers_.next() % 40);
    if (i % 70 == 1) last_ = text;
    return text.size() < 400 ? text : texts_[i % texts_.size()];
  }
  // As it is, loud, stretched, in figures, apart, in letters beyond ASCII.
  static std::string spelt(std::string text, std::uint64_t how) {
    std::string out;
    for (char& c : text) {
      if (how == 1 && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
      if (how == 4) c = c == 'e' ? '3' : c == 'i' ? '1' : c == 's' ? '$' : c;
      out.append(how == 3 && (c == 'o' || c == 'u') ? 4 : 1, c);
      if (how == 5 && c > 0) out += ' ';
      if (how == 6 && c == 'a') out += "\u00E4\u00C4";
      if (how == 7 && c == 'e') out += "e\u0301\u200B";
    }
    return out;
  }
  void note_held(const std::vector<std::pair<Bytes, Bytes>>& said) {
    for (const auto& [show, value] : said)
      if (const auto event = decoded<ChatEvent>(value); event && event->has_held())
        held_.push_back(event->held().held());
    if (held_.size() > 100) held_.erase(held_.begin(), held_.begin() + 50);
  }
  Bytes decision() {
    ChatCommand command;
    command.mutable_decide()->set_held(held_[numbers_.next() % held_.size()]);
    command.mutable_decide()->set_release(numbers_.next() % 2 == 0);
    return encoded(command);
  }
  Bytes removal(std::uint64_t i) {
    ChatCommand command;
    command.mutable_remove()->set_text(texts_[numbers_.next() % texts_.size()]);
    command.mutable_remove()->set_author("vwr_" + std::to_string(i % 9'000));
    return encoded(command);
  }
  Bytes action(std::uint64_t i) {
    ChatCommand command;
    command.mutable_act()->set_person("vwr_" + std::to_string((i + 500) % kViewers));
    command.mutable_act()->set_action(i % 2 == 0 ? "shadow" : "mute");
    command.mutable_act()->set_minutes(5);
    return encoded(command);
  }

  const std::vector<std::string>& texts_;
  bench::Numbers& numbers_;
  std::vector<std::string> words_, held_;
  std::string last_;
};

void figure(const char* name, double value, const char* unit) {
  std::printf("figure %s %.2f %s\n", name, value, unit);
}

const std::array<std::string, kShows> shows{"show_1", "show_2", "show_3", "show_4",
                                            "show_5", "show_6", "show_7", "show_8"};

void digest(const Options& options, const std::vector<std::string>& texts) {
  Pipeline pipeline;
  pipeline.digest();
  Time now = at(std::chrono::hours{1});
  bench::Numbers numbers{11};
  Mixture mixture{texts, numbers};
  for (std::uint64_t i = 0; i < options.messages; ++i) {
    if (i % 300 == 0) pipeline.tick(now += std::chrono::seconds{1});
    pipeline.message(shows[i / 700 % kShows], mixture.command(i, pipeline.said()), now);
    if ((i + 1) % kEpochMessages == 0) pipeline.drain();
  }
  pipeline.tell_digest();
}

void measure(const Options& options, const std::vector<std::string>& texts) {
  Pipeline pipeline;
  Time now = at(std::chrono::hours{1});
  pipeline.tick(now);
  for (std::uint64_t i = 0; i < options.decisions; ++i)
    for (const std::string& show : shows)
      pipeline.message(show, removal_of("buy followers at spam dot example " + std::to_string(i)),
                       now);
  const std::uint64_t warm = options.messages / 10;
  std::vector<std::int64_t> took, chat, insight;
  double busy = 0;
  bench::Numbers numbers{11};
  for (std::uint64_t i = 0; i < warm + options.messages; ++i) {
    const Bytes post = post_of(i, fresh_line(texts, numbers));
    const double before = bench::own_seconds();
    if (i % kPerSecond == 0) pipeline.tick(now += std::chrono::seconds{1});
    const auto [decided, told] = pipeline.message(shows[i / 7 % kShows], post, now);
    if ((i + 1) % kEpochMessages == 0) pipeline.drain();
    if (i < warm) continue;
    busy += bench::own_seconds() - before;
    took.push_back(decided + told);
    chat.push_back(decided);
    insight.push_back(told);
  }
  figure("messages", static_cast<double>(took.size()), "messages");
  figure("told", static_cast<double>(pipeline.told()), "events");
  figure("messages_per_s_per_core", static_cast<double>(took.size()) / busy, "messages/s");
  figure("p50_us", bench::quantile_ms(took, 0.5) * 1'000, "us");
  figure("p99_us", bench::quantile_ms(took, 0.99) * 1'000, "us");
  figure("p999_us", bench::quantile_ms(took, 0.999) * 1'000, "us");
  figure("chat_p50_us", bench::quantile_ms(chat, 0.5) * 1'000, "us");
  figure("insight_p50_us", bench::quantile_ms(insight, 0.5) * 1'000, "us");
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--messages") == 0)
      options.messages = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--decisions") == 0)
      options.decisions = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--data") == 0) options.data = argv[i + 1];
    if (std::strcmp(argv[i], "--digest") == 0) options.digest = argv[i + 1][0] == '1';
  }
  if (argc % 2 == 0 || options.messages < 1'000) {
    std::puts("usage: chat_pipeline [--messages N] [--data DIR] [--decisions N] [--digest 1]");
    return argc == 2 && std::strcmp(argv[1], "--help") == 0 ? 0 : 2;
  }
  auto texts = lines_of(options.data + "/chat/sentences.txt");
  for (const auto& line : lines_of(options.data + "/chat/questions.txt")) texts.push_back(line);
  if (texts.empty()) {
    std::fprintf(stderr, "chat_pipeline: no chat in %s; name the folder of the shipped data by "
                         "--data\n", options.data.c_str());
    return 1;
  }
  options.digest ? digest(options, texts) : measure(options, texts);
  return 0;
}
