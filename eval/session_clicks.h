#pragma once
// The clicks of sessions_yoochoose and of files like it: lines SessionId, ItemId, Time in seconds
// with tabs between them, under a header. And what was chosen for the model that learns them.
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "eval/parameters.h"
#include "learn/sessions/session_knn.h"

namespace vitrine::eval {

struct Click {
  std::int64_t at_ms;
  std::uint64_t item;
};
struct ClickSession {
  std::uint64_t id;
  std::vector<Click> clicks;  // in order of time; at least one
  std::int64_t begin_ms() const { return clicks.front().at_ms; }
  std::int64_t end_ms() const { return clicks.back().at_ms; }
};
using Sessions = std::vector<ClickSession>;

// Ordered by the end of the sessions, then by id.
Result<Sessions> read_sessions(const std::string& path);

// Click number `position` of session number `session`; position == the number of its clicks: the
// session is over.
struct Turn {
  std::size_t session, position;
};
// All clicks in the order of time. With `ends` also the ends of sessions, half an hour after their
// last click: sooner nobody could know.
std::vector<Turn> turns_in_order(const Sessions& sessions, bool ends);

// The sessions that began in [from, to).
Sessions begun_between(const Sessions& sessions, std::int64_t from_ms, std::int64_t to_ms);
// The sessions that were over before `ms`.
Sessions over_before(const Sessions& sessions, std::int64_t ms);

// The ids of the sessions in a list of reference recommendations.
Result<std::set<std::uint64_t>> reference_sessions(const std::string& path);

// Of the parameters of the task `sessions`.
learn::SessionKnnOptions knn_options(const Parameters& parameters);

}  // namespace vitrine::eval
