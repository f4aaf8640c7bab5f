#include "eval/session_clicks.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <tuple>

#include "eval/files.h"
#include "eval/table.h"

namespace vitrine::eval {
namespace {

constexpr std::int64_t kGapMs = 30 * 60 * 1000;

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto end = text.data() + text.size();
  return std::from_chars(text.data(), end, number).ptr == end && !text.empty();
}

}  // namespace

learn::SessionKnnOptions knn_options(const Parameters& parameters) {
  learn::SessionKnnOptions options;
  options.per_item = static_cast<std::uint32_t>(parameters.whole("per_item"));
  options.neighbours = static_cast<std::uint32_t>(parameters.whole("neighbours"));
  options.latest_items = static_cast<std::uint32_t>(parameters.whole("latest_items"));
  options.step = parameters.get("step");
  options.match_decay = parameters.get("match_decay");
  options.reach = parameters.get("reach");
  options.idf_weight = parameters.get("idf_weight");
  options.stay = parameters.get("stay");
  return options;
}

Result<Sessions> read_sessions(const std::string& path) {
  VT_TRY(const Table table, read_tsv(path, 3));
  std::map<std::uint64_t, ClickSession> by_id;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const Row& row = table.rows[i];
    if (i == 0 && row[0] == "SessionId") continue;
    std::uint64_t session = 0, item = 0;
    double seconds = 0;
    if (!read_number(row[0], session) || !read_number(row[1], item) ||
        !read_number(row[2], seconds))
      return fail(Code::Invalid, "read line " + std::to_string(i + 1) + " of " + path +
                                     ": it is not SessionId, ItemId, Time; give a file of clicks");
    ClickSession& its = by_id[session];
    its.id = session;
    its.clicks.push_back({std::llround(seconds * 1000), item});
  }
  Sessions sessions;
  for (auto& [id, session] : by_id) {
    std::stable_sort(session.clicks.begin(), session.clicks.end(),
                     [](const Click& a, const Click& b) { return a.at_ms < b.at_ms; });
    sessions.push_back(std::move(session));
  }
  if (sessions.empty())
    return fail(Code::Invalid, "read clicks from " + path + ": none; give a file that has some");
  std::stable_sort(sessions.begin(), sessions.end(),
                   [](const auto& a, const auto& b) { return a.end_ms() < b.end_ms(); });
  return sessions;
}

std::vector<Turn> turns_in_order(const Sessions& sessions, bool ends) {
  std::vector<std::tuple<std::int64_t, std::size_t, std::size_t>> timed;
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    const auto& clicks = sessions[i].clicks;
    for (std::size_t at = 0; at < clicks.size(); ++at) timed.emplace_back(clicks[at].at_ms, i, at);
    if (ends) timed.emplace_back(sessions[i].end_ms() + kGapMs, i, clicks.size());
  }
  std::sort(timed.begin(), timed.end());
  std::vector<Turn> turns;
  for (const auto& [ms, session, position] : timed) turns.push_back({session, position});
  return turns;
}

Sessions begun_between(const Sessions& sessions, std::int64_t from_ms, std::int64_t to_ms) {
  Sessions some;
  for (const ClickSession& each : sessions)
    if (each.begin_ms() >= from_ms && each.begin_ms() < to_ms) some.push_back(each);
  return some;
}

Sessions over_before(const Sessions& sessions, std::int64_t ms) {
  Sessions some;
  for (const ClickSession& each : sessions)
    if (each.end_ms() < ms) some.push_back(each);
  return some;
}

Result<std::set<std::uint64_t>> reference_sessions(const std::string& path) {
  VT_TRY(const Bytes text, read_file(path));
  std::set<std::uint64_t> ids;
  for (const std::string_view line : lines_of(text)) {
    std::uint64_t id = 0;
    if (read_number(line.substr(0, line.find(';')), id)) ids.insert(id);
  }
  return ids;
}

}  // namespace vitrine::eval
