#pragma once
// The state of one show, as decisions read it and events change it. Pointers are valid until the
// next change.
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "commerce/model/proto/show.pb.h"
#include "commerce/model/serde.h"

namespace vitrine::shows {

struct Show {
  std::string shop, title, host_name;
  ShowState state = SHOW_STATE_UNSPECIFIED;
  std::int64_t starts_at_ms = 0;
  std::vector<std::string> pins;  // skus in order of pinning, at most kPinsMax
  std::string open_poll;          // at most one at a time
  auto fields() { return std::tie(shop, title, host_name, state, starts_at_ms, pins, open_poll); }
};

struct ShowAnswer {
  std::string body_hash;
  std::vector<ShowEvent> events;
  auto fields() { return std::tie(body_hash, events); }
};

inline constexpr std::size_t kPinsMax = 3;
inline constexpr int kPollAnswersMin = 2, kPollAnswersMax = 4;

class ShowView {
 public:
  virtual ~ShowView() = default;
  virtual const Show* show() const = 0;  // null before it is created
  virtual const Poll* poll(std::string_view id) const = 0;
  virtual const std::int32_t* vote(std::string_view poll, std::string_view actor) const = 0;
  virtual const ShowAnswer* answer(std::string_view idempotency_key) const = 0;
};

class ShowTables : public ShowView {
 public:
  virtual void put_show(Show show) = 0;
  virtual void put_poll(const Poll& poll) = 0;
  virtual void put_vote(std::string_view poll, std::string_view actor, std::int32_t answer) = 0;
  virtual void put_answer(std::string_view idempotency_key, ShowAnswer answer) = 0;
  virtual void drop_answer(std::string_view idempotency_key) = 0;
};

}  // namespace vitrine::shows
