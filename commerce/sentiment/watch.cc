#include "commerce/sentiment/watch.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/hash.h"

namespace vitrine::sentiment {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr double kKeptAMinute = 0.933;     // 0.5 to the tenth root: half after ten minutes
constexpr std::int64_t kMinutesMax = 200;  // then nothing is left of it

// The rate up to the last whole minute. Steps of one factor, so that it is the same everywhere.
void age(Watch& watch, std::int64_t now_ms) {
  const std::int64_t minute = now_ms / kMinuteMs * kMinuteMs;
  if (watch.usual_at_ms == 0) watch.usual_at_ms = minute;
  const std::int64_t passed = std::min((minute - watch.usual_at_ms) / kMinuteMs, kMinutesMax);
  for (std::int64_t i = 0; i < passed; ++i) {
    const double a_window = static_cast<double>(watch.heard) * kWindowMs / kMinuteMs;
    watch.usual = watch.usual * kKeptAMinute + a_window * (1 - kKeptAMinute);
    watch.heard = 0;
  }
  if (passed > 0) watch.usual_at_ms = minute;
}

std::string commonest_about(const std::vector<Voice>& voices) {
  std::map<std::string, int> counts;
  for (const Voice& voice : voices) ++counts[voice.about];
  return std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; })->first;
}

void describe(Watch& watch, Concern concern) {
  HostAlert& alert = watch.alert;
  const auto& voices = watch.voices;
  alert.set_concern(std::string(name_of(concern)));
  alert.set_about(commonest_about(voices));
  alert.set_people(static_cast<std::int64_t>(voices.size()));
  alert.set_at_ms(voices.back().at_ms);
  alert.clear_evidence();
  alert.clear_held();
  alert.clear_said();
  const std::size_t from = voices.size() - std::min(voices.size(), kEvidenceMax);
  for (std::size_t i = from; i < voices.size(); ++i) {
    if (concern == Concern::Abuse) alert.add_held("h_" + std::to_string(voices[i].number));
    else alert.add_evidence(voices[i].number);
    alert.add_said(voices[i].text);
  }
  const std::int64_t seconds = (voices.back().at_ms - voices.front().at_ms) / 1'000 + 1;
  std::string why = std::to_string(voices.size()) + " people within " + std::to_string(seconds) +
                    " s, usual are ";
  const auto tenths = static_cast<std::int64_t>(watch.usual * 10 + 0.5);
  alert.set_why(why + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) +
                " in half a minute");
}

}  // namespace

std::optional<std::string> watch_of(const Heard& heard, std::int64_t at_ms,
                                    std::int64_t first_ms) {
  if (heard.concern == Concern::None) return std::nullopt;
  if (heard.concern == Concern::Stop && at_ms < first_ms + kSeasonedMs) return std::nullopt;
  std::string name(name_of(heard.concern));
  if (heard.concern == Concern::Feature) (name += ' ') += heard.about;
  return name;
}

Voice voice_of(const ChatHeld& held, std::int64_t at_ms) {
  constexpr std::string_view kPrefix = "h_";
  const std::string& name = held.held();
  Voice voice{at_ms, murmur2(held.message().author()), 0, held.message().text(), {}};
  std::from_chars(name.data() + std::min(name.size(), kPrefix.size()), name.data() + name.size(),
                  voice.number);
  const bool is_word = held.rule().starts_with("words:");
  voice.about = is_word ? "words" : held.rule();
  return voice;
}

bool hear(Watch& watch, Concern concern, Voice voice) {
  age(watch, voice.at_ms);
  const std::int64_t now_ms = voice.at_ms;
  auto& voices = watch.voices;
  const auto was = std::ranges::find(voices, voice.author, &Voice::author);
  if (was == voices.end()) ++watch.heard;
  else voices.erase(was);
  std::erase_if(voices, [&](const Voice& one) { return one.at_ms < now_ms - kWindowMs; });
  if (voices.size() == kVoicesMax) voices.erase(voices.begin());
  voices.push_back(std::move(voice));
  const bool open = !watch.alert.id().empty();
  const auto people = static_cast<double>(voices.size());
  if (open) {
    watch.alert.set_at_ms(now_ms);  // it is not over yet
    if (people < static_cast<double>(watch.alert.people()) * 1.5) return false;
  } else {
    if (now_ms < watch.quiet_until_ms || voices.size() < kPeopleMin) return false;
    if (people < watch.usual * kTimesUsual + 2) return false;
    const char* prefix = concern == Concern::Abuse ? "a_h_" : "a_";
    watch.alert.set_id(prefix + std::to_string(voices.front().number));
    watch.alert.set_first_ms(voices.front().at_ms);
  }
  describe(watch, concern);
  return true;
}

bool is_over(const Watch& watch, std::int64_t now_ms) {
  return !watch.alert.id().empty() && now_ms >= watch.alert.at_ms() + kQuietMs;
}

void end(Watch& watch, std::int64_t now_ms) {
  watch.alert.Clear();
  watch.voices.clear();
  watch.quiet_until_ms = now_ms + kCoolDownMs;
}

}  // namespace vitrine::sentiment
