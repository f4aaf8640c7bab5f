#include "commerce/verify/show_books.h"

namespace vitrine::verify {

void PollBooks::check(const Place& place, const Poll& poll, const Count& count) {
  if (std::vector<std::int64_t>(poll.votes().begin(), poll.votes().end()) != count.votes) {
    findings_.add(place, "the totals of " + poll.id() + " are not the votes counted");
  }
}

void PollBooks::vote(const Place& place, const std::string& actor, const VoteCounted& event) {
  ++votes_;
  const std::string& id = event.poll().id();
  const auto found = polls_.find(place.key + '|' + id);
  if (found == polls_.end())
    return findings_.add(place, "a vote in " + id + ", which was never opened");
  Count& count = found->second;
  if (!count.is_open) findings_.add(place, "a vote in " + id + " after its close");
  if (!count.voters.insert(actor).second)
    findings_.add(place, "a second vote of one person in " + id);
  if (event.answer() < 0 || static_cast<std::size_t>(event.answer()) >= count.votes.size()) {
    return findings_.add(place, "a vote for an answer that " + id + " does not have");
  }
  ++count.votes[static_cast<std::size_t>(event.answer())];
  check(place, event.poll(), count);
}

void PollBooks::add(const Place& place, const ShowEvent& event) {
  if (event.has_poll_opened()) {
    const Poll& poll = event.poll_opened().poll();
    Count count;
    count.votes.resize(static_cast<std::size_t>(poll.answers_size()));
    if (!polls_.emplace(place.key + '|' + poll.id(), std::move(count)).second) {
      findings_.add(place, poll.id() + " is opened twice");
    }
  } else if (event.has_vote_counted()) {
    vote(place, event.actor(), event.vote_counted());
  } else if (event.has_poll_closed()) {
    const Poll& poll = event.poll_closed().poll();
    const auto found = polls_.find(place.key + '|' + poll.id());
    if (found == polls_.end())
      return findings_.add(place, poll.id() + " is closed and was never opened");
    found->second.is_open = false;
    check(place, poll, found->second);
  } else if (event.has_pinned() && event.pinned().pins_size() > 3) {
    findings_.add(place, "more than three products are pinned");
  }
}

// A message that moderators have not let through is never posted, a released one is at once; each
// held one is decided at most once.
void ChatBooks::add(const Place& place, const ChatEvent& event) {
  if (event.has_posted()) return posted(place, event.posted());
  if (event.has_repeated_post()) return repeated(place, event.repeated_post());
  if (event.has_decided()) return decided(place, event.decided());
  if (event.has_held()) {
    const ChatPosted& message = event.held().message();
    std::string id = place.key + '|' + message.author() + '|' + message.id();
    hidden_.insert(id);
    if (!held_.emplace(place.key + '|' + event.held().held(), std::move(id)).second)
      findings_.add(place, event.held().held() + " is held twice");
  } else if (event.has_shadowed()) {
    const ChatPosted& message = event.shadowed().message();
    first_[place.key + '|' + message.author() + '|' + message.id()] = message.number();
  }
}

void ChatBooks::posted(const Place& place, const ChatPosted& posted) {
  ++messages_;
  std::uint64_t& last = last_[place.key];
  if (posted.number() != last + 1) {
    findings_.add(place, "message number " + std::to_string(posted.number()) + " follows " +
                             std::to_string(last));
  }
  last = posted.number();
  const std::string id = place.key + '|' + posted.author() + '|' + posted.id();
  if (hidden_.contains(id))
    findings_.add(place, "message " + posted.id() + " is shown though it was held");
  std::uint64_t& first = first_[id];
  if (first != 0 && posted.number() - first < kRemembered) {
    findings_.add(place, "message " + posted.id() + " stands twice, first as number " +
                             std::to_string(first));
  }
  first = posted.number();
}

void ChatBooks::repeated(const Place& place, const ChatRepeated& repeated) {
  const std::string id = place.key + '|' + repeated.author() + '|' + repeated.id();
  if (repeated.held()) {
    if (!hidden_.contains(id))
      findings_.add(place, "message " + repeated.id() + " is said to be held");
    return;
  }
  const auto first = first_.find(id);
  if (first == first_.end() || first->second != repeated.number()) {
    findings_.add(place, "message " + repeated.id() + " is said to be number " +
                             std::to_string(repeated.number()));
  }
}

void ChatBooks::decided(const Place& place, const HeldDecided& decided) {
  const auto found = held_.find(place.key + '|' + decided.held());
  if (found == held_.end())
    return findings_.add(place, decided.held() + " is decided and was not held");
  if (decided.released()) hidden_.erase(found->second);
  held_.erase(found);
  if (decided.released() && decided.number() != last_[place.key] + 1)
    findings_.add(place, decided.held() + " is released as number " +
                             std::to_string(decided.number()) + " after " +
                             std::to_string(last_[place.key]));
}

void ActionBooks::add(const Place& place, const ShowEvent& event) {
  const bool is_told_only = event.has_refused() || event.has_answered_again();
  if (event.has_cause() && !is_told_only) happened(place, event.cause());
}

void ActionBooks::add(const Place& place, const ChatEvent& event) {
  if (event.has_slow_mode() && event.slow_mode().has_cause())
    happened(place, event.slow_mode().cause());
}

void ActionBooks::happened(const Place& place, const AutoCause& cause) {
  const std::string id = place.key + '|' + cause.action();
  if (cause.undo() && !done_.contains(id))
    findings_.add(place, cause.action() + " is undone and was not done");
  if (!(cause.undo() ? undone_ : done_).insert(id).second)
    findings_.add(place, cause.action() + (cause.undo() ? " is undone twice" : " is done twice"));
}

}  // namespace vitrine::verify
