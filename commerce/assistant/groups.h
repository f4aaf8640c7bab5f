#pragma once
// The questions of one show, each with all who asked it. Pure: rows in, rows and events out.
//
// Bounds: kOpenMax groups a show are looked at, the longest unasked leaves first; kAskersMax people
// of a group are told apart, after that only messages are counted.
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "commerce/model/proto/audience.pb.h"
#include "commerce/model/proto/insight.pb.h"
#include "commerce/model/serde.h"

namespace vitrine::assistant {

inline constexpr std::size_t kOpenMax = 64, kAskersMax = 1'000, kEvidenceMax = 5;

// A group as it is remembered.
struct Group {
  QuestionGroup told;                  // as it is now; told when is_worth_telling
  std::vector<std::string> content;    // of its first message
  std::vector<std::uint32_t> askers;   // hashes, sorted
  std::int64_t told_people = 0;
  bool answered = false;
  auto fields() { return std::tie(told, content, askers, told_people, answered); }
};

// What a message asks, if it does.
struct Asked {
  std::vector<std::string> content;
  std::string topic;
  std::string sku;    // empty: no product is meant
  std::string title;  // of the product
};

bool is_same(const Group& group, const Asked& asked);
// Most words are the same; not only what is asked for.
bool is_said_alike(const Group& group, const Asked& asked);
Group begin_group(const ChatPosted& message, const Asked& asked, Time at);
void join_group(Group& group, const ChatPosted& message, Time at);
// Each of the first ten people, then every tenth part more: a flood of one question is told of
// some fifty times.
bool is_worth_telling(const Group& group);
std::string why(const Group& group);

}  // namespace vitrine::assistant
