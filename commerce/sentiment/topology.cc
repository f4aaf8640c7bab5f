#include "commerce/sentiment/topology.h"

#include <algorithm>

#include "base/hash.h"
#include "commerce/model/topics.h"
#include "commerce/model/words.h"
#include "commerce/models/meter.h"
#include "commerce/sentiment/current_model.h"
#include "commerce/sentiment/mood.h"
#include "commerce/sentiment/watch.h"

namespace vitrine::sentiment {
namespace {

using Names = std::vector<std::string>;

struct Person {
  std::int64_t first_ms = 0, voted_ms = 0;
  auto fields() { return std::tie(first_ms, voted_ms); }
};

class Room {
 public:
  using Out = Context<std::string, InsightEvent>;
  Room(Stores& stores, const models::InUse& in_use)
      : model_(stores, in_use),
        meter_(model_kind().builtin.name()),
        drifts_(stores.keyed<Drift>("sentiment-drift").ttl(std::chrono::hours(24))),
        moods_(stores.keyed<Mood>("sentiment-moods")),
        watches_(stores.keyed<ScopedRow, Watch>("sentiment-watches")),
        open_(stores.keyed<Names>("sentiment-open")),
        people_(stores.keyed<ScopedRow, Person>("sentiment-people").ttl(std::chrono::hours(6))) {}

  void on_record(std::string_view show, const ChatEvent& event, Out& out) {
    if (event.has_held()) return hear_held(show, event.held(), out);
    if (!event.has_posted() || event.posted().role() != "viewer") return;
    const ChatPosted& message = event.posted();
    const std::int64_t now_ms = millis_of(out.timestamp());
    Person& person = people_.upsert({show, message.author()}, {now_ms, 0});
    const auto words = model::words_of(message.text());
    hear_concern(show, message, words, person, out);
    const auto scored = score(show, message, words, out);
    if (!scored || (person.voted_ms != 0 && now_ms < person.voted_ms + kVoteMs)) return;
    person.voted_ms = now_ms;
    Mood& mood = moods_.upsert(show);
    feel(mood, *scored, now_ms);
    tick_after(show, mood, out);
  }

  void on_timer(std::string_view show, Time, Out& out) {
    const std::int64_t now_ms = millis_of(out.timestamp());
    Mood& mood = moods_.upsert(show);
    mood.is_ticking = false;
    if (mood.messages != mood.told_messages) {
      InsightEvent event;
      *event.mutable_mood() = tick_of(mood, now_ms);
      event.mutable_mood()->set_version(drifts_.upsert(show).version);
      out.emit(show, event);
    }
    if (close_quiet(show, now_ms, out) > 0) tick_after(show, mood, out);
  }

 private:
  // By the model in use. What its shadow says of the same line is written down, and that is all.
  std::optional<Scored> score(std::string_view show, const ChatPosted& message, const Names& words,
                              Out& out) {
    const CurrentModel::Now& now = model_.now();
    meter_.version(now.version, now.shadow_version);
    auto scored = meter_.scored([&] { return now.active->score_of(words); });
    std::optional<double> own, shadows;
    if (scored) own = scored->score;
    if (now.shadow != nullptr) {
      if (const auto other = now.shadow->score_of(words)) shadows = other->score;
      if (is_apart(own, shadows)) meter_.apart();
      out.emit(topics::model_shadows, show, shadow_score(message, now, own, shadows));
    }
    if (auto drifted = watch_drift(drifts_.upsert(show), now, own, shadows)) {
      meter_.drifted();
      tell_drift(show, std::move(*drifted), out);
    }
    return scored;
  }

  static ShadowScore shadow_score(const ChatPosted& message, const CurrentModel::Now& now,
                                  const std::optional<double>& own,
                                  const std::optional<double>& shadows) {
    ShadowScore told;
    told.set_name(model_kind().builtin.name());
    told.set_number(message.number());
    told.set_version(now.shadow_version);
    told.set_score(shadows.value_or(0));
    told.set_silent(!shadows);
    told.set_active_version(now.version);
    told.set_active_score(own.value_or(0));
    told.set_active_silent(!own);
    return told;
  }

  static void tell_drift(std::string_view show, ModelDrifted drifted, Out& out) {
    ModelEvent event;
    event.set_name(model_kind().builtin.name());
    event.set_actor("monitor");
    event.set_at_ms(millis_of(out.timestamp()));
    drifted.set_show(std::string(show));
    *event.mutable_drifted() = std::move(drifted);
    out.emit_as({}, topics::model_events, event.name(), event);
  }

  void hear_concern(std::string_view show, const ChatPosted& message, const Names& words,
                    const Person& person, Out& out) {
    const std::int64_t now_ms = millis_of(out.timestamp());
    const Heard heard = concern_of(message.text(), words);
    const auto name = watch_of(heard, now_ms, person.first_ms);
    if (!name) return;
    take_in(show, *name, heard.concern,
            {now_ms, murmur2(message.author()), message.number(), message.text(),
             std::string(heard.about)},
            out);
  }

  // Messages that moderation has stopped, of many people at once.
  void hear_held(std::string_view show, const ChatHeld& held, Out& out) {
    take_in(show, std::string(name_of(Concern::Abuse)), Concern::Abuse,
            voice_of(held, millis_of(out.timestamp())), out);
  }

  void take_in(std::string_view show, const std::string& name, Concern concern, Voice voice,
               Out& out) {
    Watch& watch = watches_.upsert({std::string(show), name});
    const bool was_open = !watch.alert.id().empty();
    if (!hear(watch, concern, std::move(voice))) return;
    tell(show, watch, out);
    if (!was_open) open_.upsert(show).push_back(name);
    tick_after(show, moods_.upsert(show), out);
  }

  // How many are still open.
  std::size_t close_quiet(std::string_view show, std::int64_t now_ms, Out& out) {
    const Names* open = open_.find(show);
    if (open == nullptr || open->empty()) return 0;
    const Names names = *open;
    for (const std::string& name : names) {
      Watch& watch = watches_.upsert({std::string(show), name});
      if (!is_over(watch, now_ms)) continue;
      watch.alert.set_over(true);
      tell(show, watch, out);
      end(watch, now_ms);
      std::erase(open_.upsert(show), name);
    }
    return open_.find(show)->size();
  }

  static void tell(std::string_view show, const Watch& watch, Out& out) {
    InsightEvent event;
    *event.mutable_alert() = watch.alert;
    out.emit(show, event);
  }

  static void tick_after(std::string_view show, Mood& mood, Out& out) {
    if (mood.is_ticking) return;
    const std::int64_t next = (millis_of(out.timestamp()) / 1'000 + 1) * 1'000;
    out.timers().at(time_of_millis(next), show);
    mood.is_ticking = true;
  }

  CurrentModel model_;
  models::Meter meter_;
  Keyed<Drift> drifts_;
  Keyed<Mood> moods_;
  Keyed<ScopedRow, Watch> watches_;
  Keyed<Names> open_;
  Keyed<ScopedRow, Person> people_;
};

}  // namespace

Stream<std::string, InsightEvent> add_sentiment(App& app, const models::InUse& in_use) {
  const auto told = app.stream(topics::show_chat)
                        .process(
                            "sentiment",
                            [in_use](Stores& stores) { return Room{stores, in_use}; },
                            topics::model_events, topics::model_shadows);
  told.to(topics::show_insights);
  return told;
}

}  // namespace vitrine::sentiment
