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

void ChatBooks::add(const Place& place, const ChatEvent& event) {
  if (event.has_posted()) {
    ++messages_;
    const ChatPosted& posted = event.posted();
    std::uint64_t& last = last_[place.key];
    if (posted.number() != last + 1) {
      findings_.add(place, "message number " + std::to_string(posted.number()) + " follows " +
                               std::to_string(last));
    }
    last = posted.number();
    std::uint64_t& first = first_[place.key + '|' + posted.author() + '|' + posted.id()];
    if (first != 0 && posted.number() - first < kRemembered) {
      findings_.add(place, "message " + posted.id() + " stands twice, first as number " +
                               std::to_string(first));
    }
    first = posted.number();
  } else if (event.has_repeated_post()) {
    const ChatRepeated& repeated = event.repeated_post();
    const auto first = first_.find(place.key + '|' + repeated.author() + '|' + repeated.id());
    if (first == first_.end() || first->second != repeated.number()) {
      findings_.add(place, "message " + repeated.id() + " is said to be number " +
                               std::to_string(repeated.number()));
    }
  }
}

}  // namespace vitrine::verify
