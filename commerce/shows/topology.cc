#include "commerce/shows/topology.h"

#include "commerce/model/topics.h"
#include "commerce/shows/decide.h"

namespace vitrine::shows {

namespace {

constexpr Duration kAnswersKept = std::chrono::hours(24);

class StoreTables final : public ShowTables {
 public:
  explicit StoreTables(Stores& stores)
      : shows_(stores.keyed<Show>("show-shows")),
        polls_(stores.keyed<ScopedRow, Poll>("show-polls")),
        votes_(stores.keyed<ScopedRow, std::int32_t>("show-votes")),
        answers_(stores.keyed<ScopedRow, ShowAnswer>("show-idempotency")) {}

  void enter(std::string_view show) { id_ = show; }

  const Show* show() const override { return shows_.find(id_); }
  const Poll* poll(std::string_view id) const override { return polls_.find(key(id)); }
  const std::int32_t* vote(std::string_view poll, std::string_view actor) const override {
    return votes_.find(key(poll, actor));
  }
  const ShowAnswer* answer(std::string_view id) const override { return answers_.find(key(id)); }

  void put_show(Show show) override { shows_.put(id_, std::move(show)); }
  void put_poll(const Poll& poll) override { polls_.put(key(poll.id()), poll); }
  void put_vote(std::string_view poll, std::string_view actor, std::int32_t answer) override {
    votes_.put(key(poll, actor), answer);
  }
  void put_answer(std::string_view id, ShowAnswer answer) override {
    answers_.put(key(id), std::move(answer));
  }
  void drop_answer(std::string_view id) override { answers_.erase(key(id)); }

 private:
  ScopedRow key(std::string_view id, std::string_view more = {}) const {
    ScopedRow out{id_, std::string(id)};
    if (!more.empty()) (out.rest += '|') += more;
    return out;
  }

  std::string id_;
  Keyed<Show> shows_;
  Keyed<ScopedRow, Poll> polls_;
  Keyed<ScopedRow, std::int32_t> votes_;
  Keyed<ScopedRow, ShowAnswer> answers_;
};

class Writer {
 public:
  using Out = Context<std::string, ShowEvent>;
  explicit Writer(Stores& stores) : tables_(stores) {}

  void on_record(std::string_view show, const ShowCommand& command, Out& out) {
    tables_.enter(show);
    for (const ShowEvent& event :
         take(tables_, command, out.timestamp(), out.position(), std::string(show))) {
      out.emit(show, event);
    }
    // Set again by a repetition: then the key is kept a little longer, which does no harm.
    if (const std::string& key = command.idempotency_key(); !key.empty()) {
      out.timers().at(out.timestamp() + kAnswersKept, show, key);
    }
  }

  void on_timer(std::string_view show, Time, std::string_view tag, Out&) {
    tables_.enter(show);
    tables_.drop_answer(tag);
  }

 private:
  StoreTables tables_;
};

}  // namespace

void add_shows(App& app) {
  app.stream(topics::show_commands)
      .process("shows", [](Stores& stores) { return Writer{stores}; })
      .to(topics::show_timeline);
}

}  // namespace vitrine::shows
