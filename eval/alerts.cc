// Alerts to the host: fifty incidents planted into real chat (chat_toxicity_conda's matches side by
// side, chat_twitch_sentiment's lines between them), and five raids of thirty new accounts.
//
// The complaints are said by people of the real chat who spoke in the hour before, so their
// accounts are as old as any; the raids' have never spoken. incidents/make.py says how the files
// came about; --test takes another one.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include "base/hash.h"
#include "commerce/model/words.h"
#include "commerce/sentiment/watch.h"
#include "eval/files.h"
#include "eval/scores.h"
#include "eval/table.h"
#include "eval/tasks.h"
#include "eval/walk.h"
#include "learn/text/features.h"

namespace vitrine::eval {
namespace {

using sentiment::Watch;

constexpr std::int64_t kHoursMs = 36'000'000;  // the chat that is made of the data sets
constexpr std::int64_t kStartMs = 1'000'000'000;
constexpr std::int64_t kAfterMs = 60'000;  // an alert this long after an incident is still its own
constexpr std::size_t kFifth = 4;
constexpr std::string_view kRaid = "raid";

struct Line {
  std::int64_t at_ms = 0;
  std::string author, text;
  auto operator<=>(const Line&) const = default;
};

struct Incident {
  std::string concern;
  std::vector<std::int64_t> at_ms;  // of each person's first complaint, in order
};

struct Chat {
  std::vector<Line> lines;
  std::map<int, Incident> incidents;
};

Result<std::int64_t> whole(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size()) return value;
  return fail(Code::Invalid, "\"" + text + "\" is no whole number");
}

// All matches within ten hours, each from a start of its own.
Result<void> add_matches(const Options& options, std::vector<Line>& lines) {
  VT_TRY(const std::string path, data_file(options, "chat_toxicity_conda/train.csv.gz"));
  VT_TRY(const Table table, read_csv(path));
  VT_TRY(const std::size_t match, table.column("matchId"));
  VT_TRY(const std::size_t time, table.column("chatTime"));
  VT_TRY(const std::size_t player, table.column("playerId"));
  VT_TRY(const std::size_t text, table.column("utterance"));
  for (const Row& row : table.rows) {
    VT_TRY(const std::int64_t second, whole(row[time].substr(0, row[time].find('.'))));
    const std::uint64_t start = learn::stable_hash(row[match]) % std::uint64_t{kHoursMs};
    const std::int64_t at = (static_cast<std::int64_t>(start) + second * 1'000) % kHoursMs;
    lines.push_back({kStartMs + at, row[player], row[text]});
  }
  return {};
}

Result<void> add_twitch(const Options& options, std::vector<Line>& lines) {
  VT_TRY(const std::string path,
         data_file(options, "chat_twitch_sentiment/labeled_first_two_thirds.csv"));
  VT_TRY(const Table table, read_csv(path));
  VT_TRY(const std::size_t user, table.column("user"));
  VT_TRY(const std::size_t text, table.column("message"));
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i) * kHoursMs /
                    static_cast<std::int64_t>(table.rows.size());
    lines.push_back({kStartMs + at, "t" + table.rows[i][user], table.rows[i][text]});
  }
  return {};
}

// Those who spoke in the hour before, the last ones first, each once. `lines` are sorted.
std::vector<std::string> people_before(const std::vector<Line>& lines, std::int64_t at_ms) {
  std::vector<std::string> people;
  auto i = std::ranges::lower_bound(lines, at_ms - 2 * sentiment::kSeasonedMs, {}, &Line::at_ms);
  while (i != lines.begin() && people.size() < 100) {
    --i;
    if (std::ranges::find(people, i->author) == people.end()) people.push_back(i->author);
  }
  return people;
}

Result<void> plant(const std::string& path, Chat& chat) {
  VT_TRY(const Table table, read_tsv(path, 5));
  std::map<int, std::vector<std::string>> people;
  std::set<std::pair<int, std::int64_t>> counted;
  std::vector<Line> planted;
  for (const Row& row : table.rows) {
    VT_TRY(const std::int64_t number, whole(row[0]));
    VT_TRY(const std::int64_t at, whole(row[2]));
    VT_TRY(const std::int64_t person, whole(row[3]));
    const int id = static_cast<int>(number);
    auto& crowd = people[id];
    if (row[1] == kRaid) {
      planted.push_back({kStartMs + at, "raid" + row[0] + "-" + row[3], row[4]});
      chat.incidents[id].concern = row[1];
    } else {
      if (crowd.empty()) crowd = people_before(chat.lines, kStartMs + at);
      const auto place = static_cast<std::size_t>(person);
      if (place >= crowd.size()) return fail(Code::Invalid, path + ": too few people before it");
      planted.push_back({kStartMs + at, crowd[place], row[4]});
      chat.incidents[id].concern = row[1];
    }
    if (counted.insert({id, person}).second) chat.incidents[id].at_ms.push_back(kStartMs + at);
  }
  chat.lines.insert(chat.lines.end(), planted.begin(), planted.end());
  std::ranges::sort(chat.lines);
  return {};
}

Result<Chat> planted_chat(const Options& options) {
  Chat chat;
  VT_TRY_VOID(add_matches(options, chat.lines));
  VT_TRY_VOID(add_twitch(options, chat.lines));
  std::ranges::sort(chat.lines);
  VT_TRY_VOID(plant(options.test.empty() ? "eval/incidents/test.tsv" : options.test, chat));
  return chat;
}

struct NamedWatch {
  std::string name;
  Watch watch;
  auto fields() { return std::tie(name, watch); }
};
struct Seen {
  std::string name;
  std::int64_t first_ms = 0;
  auto fields() { return std::tie(name, first_ms); }
};
struct AlertRows {
  std::vector<NamedWatch> watches;
  std::vector<Seen> people;
  auto fields() { return std::tie(watches, people); }
};

// As commerce/sentiment's topology does, one show, without its log.
class AlertWalk : public Walk {
 public:
  explicit AlertWalk(const Chat& chat) : chat_(chat) {}
  std::size_t steps() const override { return chat_.lines.size(); }

  Result<void> step(std::size_t i, Bytes& scores) override {
    const Line& line = chat_.lines[i];
    for (auto& [name, watch] : watches_)
      if (sentiment::is_over(watch, line.at_ms)) sentiment::end(watch, line.at_ms);
    const auto first = people_.try_emplace(line.author, line.at_ms).first->second;
    const auto words = model::words_of(line.text);
    const auto heard = sentiment::concern_of(line.text, words);
    const auto name = sentiment::watch_of(heard, line.at_ms, first);
    if (!name) return {};
    Watch& watch = watches_[*name];
    const bool was_open = !watch.alert.id().empty();
    const bool told = sentiment::hear(watch, heard.concern,
                                      {line.at_ms, murmur2(line.author), i, line.text,
                                       std::string(heard.about)});
    if (told && !was_open) {
      scores += std::to_string(line.at_ms) + "\t";
      (scores += sentiment::name_of(heard.concern)) += "\n";
    }
    return {};
  }

  Bytes snapshot() const override {
    AlertRows rows;
    for (const auto& [name, watch] : watches_) rows.watches.push_back({name, watch});
    for (const auto& [name, first_ms] : people_) rows.people.push_back({name, first_ms});
    Bytes out;
    Serde<AlertRows>::encode(rows, out);
    return out;
  }
  Result<void> restore(BytesView bytes) override {
    AlertRows rows;
    if (!Serde<AlertRows>::decode(bytes, rows))
      return fail(Code::Corrupt, "the snapshot of the alerts cannot be read");
    for (auto& [name, watch] : rows.watches) watches_[name] = std::move(watch);
    for (auto& [name, first_ms] : rows.people) people_[name] = first_ms;
    return {};
  }

 private:
  const Chat& chat_;
  std::map<std::string, Watch> watches_;
  std::map<std::string, std::int64_t> people_;
};

struct Raised {
  std::int64_t at_ms = 0;
  std::string concern;
};

Result<std::vector<Raised>> raised_in(const Bytes& scores) {
  std::vector<Raised> out;
  for (const std::string_view line : lines_of(scores)) {
    const auto tab = line.find('\t');
    VT_TRY(const std::int64_t at, whole(std::string(line.substr(0, tab))));
    out.push_back({at, std::string(line.substr(tab + 1))});
  }
  return out;
}

// What was seen of the incidents, and what else was told.
struct AlertVerdicts {
  std::vector<double> delays_s;  // after the fifth person, of those seen
  int incidents = 0, seen = 0, of_raids = 0, false_alarms = 0;
};

bool is_of(const Raised& alert, const Incident& incident, std::string_view concern) {
  return alert.concern == concern && alert.at_ms >= incident.at_ms.front() &&
         alert.at_ms <= incident.at_ms.back() + kAfterMs;
}

AlertVerdicts judge(const Chat& chat, const std::vector<Raised>& raised) {
  AlertVerdicts out;
  std::set<std::size_t> explained;
  for (const auto& [id, incident] : chat.incidents) {
    if (incident.concern == kRaid) continue;
    ++out.incidents;
    bool seen = false;
    for (std::size_t i = 0; i < raised.size(); ++i) {
      if (!is_of(raised[i], incident, incident.concern)) continue;
      explained.insert(i);
      const std::int64_t late_ms = raised[i].at_ms - incident.at_ms[kFifth];
      if (!std::exchange(seen, true)) out.delays_s.push_back(static_cast<double>(late_ms) / 1e3);
    }
    out.seen += seen ? 1 : 0;
    if (!seen) std::fprintf(stderr, "missed: incident %d, %s\n", id, incident.concern.c_str());
  }
  for (std::size_t i = 0; i < raised.size(); ++i) {
    if (explained.contains(i)) continue;
    const bool of_raid = std::ranges::any_of(chat.incidents, [&](const auto& one) {
      return one.second.concern == kRaid && is_of(raised[i], one.second, "stop");
    });
    ++(of_raid ? out.of_raids : out.false_alarms);
  }
  return out;
}

}  // namespace

Result<Figures> run_alerts(const Options& options) {
  VT_TRY(const Chat chat, planted_chat(options));
  VT_TRY(const Bytes scores,
         walk_thrice([&] { return std::make_unique<AlertWalk>(chat); }, options));
  VT_TRY(const std::vector<Raised> raised, raised_in(scores));
  const AlertVerdicts judged = judge(chat, raised);
  return Figures{
      {"recall", static_cast<double>(judged.seen) / judged.incidents, "-"},
      {"delay_s", quantile(judged.delays_s, 0.5), "s"},
      {"delay_p90_s", quantile(judged.delays_s, 0.9), "s"},
      {"false_per_hour", judged.false_alarms / (kHoursMs / 3'600'000.0), "alerts/h"},
      {"stop_alerts_of_raids", static_cast<double>(judged.of_raids), "alerts"},
      {"incidents", static_cast<double>(judged.incidents), "incidents"},
      {"messages", static_cast<double>(chat.lines.size()), "messages"}};
}

}  // namespace vitrine::eval
